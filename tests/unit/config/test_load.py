"""Reading a settings file: what is accepted, and how everything wrong is reported at once."""

from pathlib import Path

import pytest

from facewarden.config import EmailSettings, MqttSettings, Settings, load_settings
from facewarden.errors import ConfigError

DOCS = Path(__file__).parents[3] / "docs"
SECRET = "hunter2"


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "facewarden.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def problems(folder: Path, text: str | bytes) -> list[str]:
    """Load a file that must be refused; return its lines without the path in front."""
    path = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    assert SECRET not in str(caught.value)
    assert all(str(path) in line for line in caught.value.problems)
    return [line.replace(f"{path}:", "") for line in caught.value.problems]


def test_the_example_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTRANCE_PASSWORD", SECRET)
    monkeypatch.setenv("DISPATCH_KEY", "k")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "mqtt.txt").write_text("m\n")
    settings = load_settings(write(tmp_path, (DOCS / "facewarden.example.yaml").read_bytes()))
    entrance, archive = settings.cameras
    assert entrance.password is not None
    assert entrance.password.get_secret_value() == SECRET
    assert SECRET not in repr(settings)
    assert SECRET not in settings.model_dump_json()
    assert archive.display_name == "archive"
    mqtt, _, log = settings.sinks
    assert isinstance(mqtt, MqttSettings)
    assert mqtt.port == 8883
    assert mqtt.password is not None
    assert mqtt.password.get_secret_value() == "m"
    assert mqtt.tls is not None
    assert mqtt.tls.ca_file == tmp_path / "certificates" / "ca.pem"
    assert not log.include_snapshot


def test_all_problems_come_at_once_in_order_of_line(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """\
decision: {margin: 2, min_looks: 0}
cameras:
  - id: door
    source: rtsp://admin:hunter2@192.0.2.1/x
    analyse_fsp: 5
    detect_size_px: 100
    schedule: [{from: 22:30, to: 25:00, timezone: Mars/Base}]
    watchlists: [nobody]
  - id: door
    source: rtsp://admin:hunter2@192.0.2.1/x
sinks:
  - {type: mqtt, name: m, port: 70000}
  - {type: smoke, name: m}
""",
    )
    assert found == [
        "1: decision.min_looks: expected greater than or equal to 1, found 0",
        "1: decision.margin: expected less than or equal to 1, found 2",
        "5: cameras[0].analyse_fsp: expected analyse_fps, perhaps, found an unknown key",
        "6: cameras[0].detect_size_px: expected greater than or equal to 160, found 100",
        "7: cameras[0].schedule[0].to: expected a time of day as HH:MM, 00:00 to 24:00, "
        "found '25:00'",
        "7: cameras[0].schedule[0].timezone: expected a time zone like Europe/Berlin, "
        "found 'Mars/Base'",
        "8: cameras[0].watchlists[0]: expected a name in watchlists (none, as there are no "
        "watchlists), found 'nobody'",
        "9: cameras[1].id: expected an id of its own, found that of cameras[0]",
        "10: cameras[1].source: expected a source of its own, found that of cameras[0]",
        "12: sinks[0].host: expected a value, found nothing",
        "12: sinks[0].port: expected less than or equal to 65535, found 70000",
        "13: sinks[1]: expected a type of 'mqtt', 'webhook', 'email', 'apprise', 'jsonl', "
        "'console', found 'smoke'",
        "13: sinks[1].name: expected a name of its own, found that of sinks[0]",
    ]


CAMERA = "cameras:\n  - id: door\n    source: x\n    "


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("", "1: expected settings, found an empty file", id="empty file"),
        pytest.param("# later\n", "1: expected settings, found an empty file", id="comments only"),
        pytest.param("[]", "1: expected a group of keys, found a list", id="a list"),
        pytest.param("hunter2", "1: expected a group of keys, found text", id="text"),
        pytest.param("a: [1", "1: expected ',' or ']', found", id="cut off"),
        pytest.param("a: 1\n  b: hunter2", "2: expected YAML, found mapping", id="indentation"),
        pytest.param("a: \x01", "1: expected YAML, found", id="control character"),
        pytest.param(b"store:\n  url: \xff\n", "2: expected UTF-8 text", id="not UTF-8"),
        pytest.param("a: &x 1\nb: *x", "2: expected every value written out, found an", id="alias"),
        pytest.param("a: " + "[" * 5000, "1: expected at most 20 levels", id="deep nesting"),
        pytest.param("a: !!python/name:os.system x", "1: expected a plain value", id="a tag"),
        pytest.param("? [a]\n: 1", "1: expected text as a key", id="key is a list"),
        pytest.param("store: {}\nstore: {}", "2: store: expected every key once", id="twice"),
        pytest.param("a: 1\n---\nb: 1", "2: expected YAML", id="two documents"),
        pytest.param("hunter3: hunter2", "1: hunter3: expected one of store, models", id="unknown"),
        pytest.param("stor: {}", "1: stor: expected store, perhaps, found an unknown", id="typo"),
        pytest.param(
            "store: {path: a, url: 'postgresql://u:hunter2@h'}",
            "1: store: expected url or path, found both",
            id="two databases",
        ),
        pytest.param(
            "decision: {min_looks: 5, max_looks: 2}",
            "1: decision: expected max_looks of at least min_looks (5), found 2",
            id="fewer looks than needed",
        ),
        pytest.param(CAMERA + "analyse_fps: .nan", "4: cameras[0].analyse_fps: expected", id="nan"),
        pytest.param(CAMERA + "analyse_fps: .inf", "4: cameras[0].analyse_fps: expected", id="inf"),
        pytest.param(
            CAMERA + "analyse_fps: hunter", "4: cameras[0].analyse_fps: expected a valid", id="word"
        ),
        pytest.param(
            CAMERA + "loop: 7", "4: cameras[0].loop: expected a valid boolean, found 7", id="bool"
        ),
        pytest.param(
            CAMERA + "password: 12345678",
            "4: cameras[0].password: expected text, {env: NAME} or {file: path}, a number in "
            "quotes, found a number",
            id="password without quotes",
        ),
        pytest.param(
            CAMERA + "password: {env: FACEWARDEN_TEST_UNSET}",
            "4: cameras[0].password: expected a value in the environment variable "
            "FACEWARDEN_TEST_UNSET, found none",
            id="unset variable",
        ),
        pytest.param(
            CAMERA + "password: {file: nowhere}",
            "4: cameras[0].password: expected a readable file",
            id="no such secret",
        ),
        pytest.param(
            CAMERA + "password: {vault: hunter2}", "4: cameras[0].password: expected", id="form"
        ),
        pytest.param(
            CAMERA + "region: [[[0, 0], [1, 2], [0, 1]]]",
            "4: cameras[0].region[0][1][1]: expected less than or equal to 1, found 2",
            id="point outside",
        ),
        pytest.param(
            CAMERA + "region: [[[0, 0], [1, 1]]]",
            "4: cameras[0].region[0]: expected at least 3 entries, found a list",
            id="polygon of two points",
        ),
        pytest.param(
            CAMERA + "name: 'a\\u0007'\n    location: \"a\\u0007\"",
            "5: cameras[0].location: expected text without control characters",
            id="control character in a name",
        ),
        pytest.param(
            "cameras: [{id: front door, source: x}]",
            "1: cameras[0].id: expected 1 to 63 letters",
            id="id with a space",
        ),
        pytest.param(
            'cameras: [{id: "a\\n", source: x}]', "1: cameras[0].id: expected 1 to 63", id="newline"
        ),
        pytest.param("cameras: [{id: a, source: ' '}]", "1: cameras[0].source: ", id="no source"),
        pytest.param("cameras: [{id: a, source: -f}]", "1: cameras[0].source: ", id="dash"),
        pytest.param('cameras: [{id: a, source: "a\\0"}]', "1: cameras[0].source: ", id="zero"),
        pytest.param("cameras: [{id: 7, source: x}]", "1: cameras[0].id: expected text (a", id="7"),
        pytest.param("cameras: [hunter2]", "1: cameras[0]: expected a group of keys", id="no keys"),
        pytest.param(
            "cameras: {id: a}", "1: cameras: expected a list, found a group", id="no list"
        ),
        pytest.param(
            "watchlists: [{name: a, threshold: 1}]", "1: watchlists[0].thr", id="threshold"
        ),
        pytest.param("watchlists: [{name: a, sinks: [x]}]", "1: watchlists[0].sinks[0]", id="sink"),
        pytest.param(
            "sinks: [{name: a}]", "1: sinks[0]: expected a type, found nothing", id="type"
        ),
        pytest.param(
            "sinks: [{type: mqtt, name: a, host: b, tls: {cert_file: c}}]",
            "1: sinks[0].tls: expected cert_file and key_file together",
            id="certificate without key",
        ),
        pytest.param(
            "sinks: [{type: mqtt, name: a, host: b, tsl: {}}]",
            "1: sinks[0].tsl: expected tls, perhaps",
            id="typo inside a sink",
        ),
        pytest.param(
            "sinks: [{type: mqtt, name: a, host: b, topic_prefix: 'a/#'}]",
            "1: sinks[0].topic_prefix: expected a topic",
            id="wildcard",
        ),
        pytest.param(
            "sinks: [{type: mqtt, name: a, host: b, password: hunter2}]",
            "1: sinks[0]: expected a username with the password",
            id="password without user",
        ),
        pytest.param(
            "sinks: [{type: webhook, name: a, url: 'ftp://hunter2'}]",
            "1: sinks[0].url: expected an address",
            id="not a web address",
        ),
        pytest.param(
            "sinks: [{type: email, name: a, host: b, sender: c@d, recipients: [hunter2]}]",
            "1: sinks[0].recipients[0]: expected one mail address",
            id="not a mail address",
        ),
        pytest.param(
            "sinks: [{type: apprise, name: a, urls: 'slack://hunter2'}]",
            "1: sinks[0].urls: expected a list, found text",
            id="one address instead of a list",
        ),
        pytest.param(
            "store: {data_dir: ~nobody-of-this-name/data}",
            "1: store.data_dir: expected a path of a user that there is",
            id="a folder of nobody",
        ),
        pytest.param(
            "sinks: [{type: mqtt, name: a, host: b, username: c,"
            " password: {file: ~nobody-of-this-name/p}}]",
            "1: sinks[0].password: expected a path of a user that there is",
            id="a secret of nobody",
        ),
    ],
)
def test_refused(tmp_path: Path, text: str | bytes, line: str) -> None:
    found = problems(tmp_path, text)
    assert len(found) == 1
    assert found[0].startswith(line)


def test_many_aliases_cost_nothing(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{f'*a{i - 1}, ' * 9}]" for i in range(1, 30)]
    assert problems(tmp_path, "\n".join(rows))[0].startswith("2: expected every value")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    large = write(tmp_path, b"# " + b"x" * 1024 * 1024)
    for path, found in (
        (tmp_path / "nowhere.yaml", "no such file or directory"),
        (tmp_path, "is a directory"),
        (large, "more"),
    ):
        with pytest.raises(ConfigError, match=f"found {found}$") as caught:
            load_settings(path)
        assert caught.value.exit_code == 2
        assert len(caught.value.problems) == 1


def test_words_and_times_of_yaml_1_1_are_text(tmp_path: Path) -> None:
    settings = load_settings(
        write(
            tmp_path,
            "watchlists: [{name: no}]\n"
            "cameras: [{id: a, source: x, enabled: off, "
            "schedule: [{from: 22:30, to: 24:00}]}]\n",
        )
    )
    assert settings.watchlists[0].name == "no"
    assert not settings.cameras[0].enabled
    assert settings.cameras[0].schedule[0].start.minute == 30


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, b"\xef\xbb\xbfstore: {}\n")).sinks == ()


def test_ports_follow_the_encryption(tmp_path: Path) -> None:
    mail = "type: email, host: h, sender: a@b, recipients: [c@d]"
    settings = load_settings(
        write(
            tmp_path,
            f"sinks: [{{name: a, {mail}}}, {{name: b, security: tls, {mail}}}, "
            "{name: c, type: mqtt, host: h}, {name: d, type: mqtt, host: h, tls: {}}, "
            "{name: e, type: mqtt, host: h, tls: {}, port: 1}]",
        )
    )
    ports = [s.port for s in settings.sinks if isinstance(s, MqttSettings | EmailSettings)]
    assert ports == [587, 465, 1883, 8883, 1]


def test_settings_without_a_file() -> None:
    assert Settings().cameras == ()
