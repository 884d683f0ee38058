from datetime import UTC, datetime
from pathlib import Path

import pytest

from facewarden.data import SubjectDetails
from facewarden.errors import ConfigError, EnrolmentRefused, InputError
from facewarden.pipeline.photographs import (
    CSV_LIMIT_BYTES,
    Photograph,
    name_from_file,
    parse_expiry,
    photographs_from_csv,
    photographs_in,
)

NOTHING = SubjectDetails("")
LAST_MOMENT = datetime(2027, 1, 31, 23, 59, 59, 999999, UTC)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Jane_Doe_0002.jpg", "Jane Doe"),
        ("Jane Doe.png", "Jane Doe"),
        ("Jane_Doe.jpg", "Jane Doe"),
        ("Jane Doe (3).jpg", "Jane Doe"),
        ("Jane-Doe-12.jpeg", "Jane-Doe"),
        ("jane.doe.2.webp", "jane.doe"),
        ("Jane__Doe__7.jpg", "Jane Doe"),
        ("Renée_Zürn_1.jpg", "Renée Zürn"),
        ("Person_d11.png", "Person d11"),
        ("Jane2.jpg", "Jane2"),
        ("Jane(2).jpg", "Jane"),
        ("Pat_Image.jpg", "Pat Image"),
        ("Photo_of_Jane_3.jpg", "Photo of Jane"),
        ("0002.jpg", ""),
        ("(4).jpg", ""),
        ("20230405_101112.jpg", ""),
        ("IMG_1200.jpg", ""),
        ("IMG1200.JPG", ""),
        ("IMG_E1200 (1).jpg", ""),
        ("IMG-20230405-WA0003.jpg", ""),
        ("_DSC0001.jpg", ""),
        ("DSCN0001.jpg", ""),
        ("PXL_20230405_101112345.MP.jpg", ""),
        ("P1010023.jpg", ""),
        ("Photo.jpg", ""),
        ("image0.png", ""),
        ("Screenshot_20230405-101112_Chrome.png", ""),
        ("WhatsApp Image 2023-04-05 at 10.11.12 PM.jpeg", ""),
        ("Agent 47 Smith.jpg", "Agent 47 Smith"),
    ],
)
def test_the_name_of_a_file(file: str, name: str) -> None:
    assert name_from_file(Path(file)) == name


def made(folder: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"a picture")
    return folder


def names(photographs: list[Photograph]) -> list[tuple[str, str]]:
    return [(photograph.path.name, photograph.details.name) for photograph in photographs]


def test_a_folder_in_a_folder_is_a_person(tmp_path: Path) -> None:
    made(
        tmp_path,
        "Jane_Doe/b.jpg",
        "Jane_Doe/2019/a.PNG",
        "John Roe/x.jpeg",
        "Max_Mustermann_0003.webp",
        "notes.txt",
        "Jane_Doe/Thumbs.db",
    )
    assert names(list(photographs_in([tmp_path], NOTHING))) == [
        ("a.PNG", "Jane Doe"),
        ("b.jpg", "Jane Doe"),
        ("x.jpeg", "John Roe"),
        ("Max_Mustermann_0003.webp", "Max Mustermann"),
    ]


def test_details_of_all_and_the_face_are_handed_on(tmp_path: Path) -> None:
    made(tmp_path, "a.jpg", "b.jpg")
    details = SubjectDetails("Jane Doe", "CASE-1", "missing", expires_at=LAST_MOMENT)
    found = list(photographs_in([tmp_path / "b.jpg", tmp_path], details, "largest"))
    assert [photograph.path.name for photograph in found] == ["b.jpg", "a.jpg", "b.jpg"]
    assert all(photograph.details == details for photograph in found)
    assert {photograph.face for photograph in found} == {"largest"}
    assert found[0].label == str(tmp_path / "b.jpg")


def test_a_file_given_itself_may_have_any_ending(tmp_path: Path) -> None:
    made(tmp_path, "Jane_Doe.dat")
    (only,) = photographs_in([tmp_path / "Jane_Doe.dat"], NOTHING)
    assert only.details.name == "Jane Doe"


@pytest.mark.parametrize(
    ("given", "message"),
    [("absent", "nothing to enrol at"), ("empty", "no photograph in"), ("texts", "no photograph")],
)
def test_nothing_to_enrol_is_said(tmp_path: Path, given: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    made(tmp_path, "texts/readme.txt")
    with pytest.raises(InputError, match=message):
        list(photographs_in([tmp_path / given], NOTHING))


def csv(folder: Path, content: str | bytes) -> Path:
    path = folder / "people.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_csv_file_with_everything(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "file,name,external_reference,category,notes,legal_basis,authorised_by,expires,face\r\n"
        'a.jpg,"Doe, Jane",CASE-1,missing,"says ""hello""\nand goodbye"'
        ",Art. 6,Judge,2027-01-31,2\r\n"
        "\r\n"
        "sub/b.jpg, Doe ,,,,,,,\r\n",
    )
    first, second = photographs_from_csv(path, SubjectDetails("", notes="of all"), "largest")
    assert first == Photograph(
        "people.csv line 3",
        tmp_path / "a.jpg",
        SubjectDetails(
            "Doe, Jane",
            "CASE-1",
            "missing",
            'says "hello"\nand goodbye',
            "Art. 6",
            "Judge",
            LAST_MOMENT,
        ),
        "2",
    )
    assert second == Photograph(
        "people.csv line 5",
        tmp_path / "sub" / "b.jpg",
        SubjectDetails("Doe", notes="of all"),
        "largest",
    )


@pytest.mark.parametrize(
    "content",
    [
        "\ufefffile,name\na.jpg,Jane\n",
        "name,file\nJane,a.jpg\n",
        " file , name \n a.jpg , Jane \n",
        'file,name\n"a.jpg",Jane',
        "file,name,face\na.jpg,Jane\n",
    ],
    ids=["byte order mark", "columns turned", "spaces", "no last newline", "fields left out"],
)
def test_forms_that_are_one_photograph(tmp_path: Path, content: str) -> None:
    (found,) = photographs_from_csv(csv(tmp_path, content), NOTHING)
    assert (found.path, found.details.name) == (tmp_path / "a.jpg", "Jane")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("file,notes\na.jpg,x\n", "wrong columns.*add name"),
        ("", "wrong columns.*found nothing; add file and add name"),
        ("file,name,birthday\na.jpg,Jane,1.1.1990\n", "wrong columns.*remove birthday"),
        ("file;name\na.jpg;Jane\n", "wrong columns.*found file;name"),
        ("file,name,name\na.jpg,Jane,Joan\n", "wrong columns.*remove the second name"),
        ("file,name,\na.jpg,Jane,\n", "wrong columns"),
        ("file,name\na.jpg,Doe, Jane\n", "line 2 has more fields than columns; quote"),
        (b"file,name\na.jpg,Ren\xe9e\n", "not UTF-8.*byte 0xe9 at 19; save it as UTF-8"),
        ("file,name\n".encode("utf-16"), "not UTF-8"),
        ('file,name\na.jpg,"Jane"x\n', "is not CSV after line 1"),
        ('file,name\na.jpg,"Jane\n', "is not CSV"),
        ("file,name\na.jpg," + "x" * 200_000, "is not CSV.*field larger"),
        ("file,name\n", "holds no photograph"),
    ],
    ids=[
        "a column missing", "empty", "unknown column", "semicolons", "a column twice",
        "a column without a name", "too many fields", "Latin-1", "UTF-16", "text after a quote",
        "a quote left open", "a field too long", "only the header",
    ],
)  # fmt: skip
def test_files_that_are_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        photographs_from_csv(csv(tmp_path, content), NOTHING)
    assert "\n" not in str(refused.value)


def test_every_contradiction_is_named_at_once(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "file,name,external_reference,expires\n"
        "a.jpg,Jane,CASE-1,\n"
        "b.jpg,John,CASE-1,\n"
        "c.jpg,,,\n"
        ",,,\n"
        "a.jpg,Jane,CASE-1,\n"
        "d.jpg,Max,,31.1.2027\n"
        "e.jpg,Eva,,2027-01-31\n"
        f"f.jpg,{10_000 * 'x'},,\n",
    )
    with pytest.raises(EnrolmentRefused) as refused:
        photographs_from_csv(path, NOTHING)
    text = str(refused.value)
    for problem in (
        "line 3: external_reference CASE-1 is 'John' here and 'Jane' in line 2",
        "line 4: name empty",
        "line 5: file and name empty",
        "line 6: the file of line 2 again",
        "line 7: the expiry cannot be read",
        "line 9: name is too long: expected at most 300 characters, found 10,000",
        "nothing was enrolled",
    ):
        assert problem in text
    assert "line 8" not in text


def test_the_same_case_with_several_photographs(tmp_path: Path) -> None:
    path = csv(tmp_path, "file,name,external_reference\na.jpg,Jane,C1\nb.jpg,Jane,C1\n")
    assert len(photographs_from_csv(path, NOTHING)) == 2


@pytest.mark.parametrize("kind", ["absent", "a folder", "too large"])
def test_files_that_cannot_be_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "people.csv"
    if kind == "a folder":
        path.mkdir()
    elif kind == "too large":
        with path.open("wb") as file:
            file.truncate(CSV_LIMIT_BYTES + 1)
    with pytest.raises(InputError, match=r"cannot be read|too large"):
        photographs_from_csv(path, NOTHING)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("  ", None),
        ("2027-01-31", LAST_MOMENT),
        (" 2027-01-31 ", LAST_MOMENT),
        ("20270131", LAST_MOMENT),
        ("2027-01-31T12:00+01:00", datetime(2027, 1, 31, 11, 0, tzinfo=UTC)),
        ("2027-01-31 12:00Z", datetime(2027, 1, 31, 12, 0, tzinfo=UTC)),
        ("2027-01-31T12:00", datetime(2027, 1, 31, 12, 0, tzinfo=UTC)),
    ],
)
def test_expiries(text: str, expected: datetime | None) -> None:
    assert parse_expiry(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "31.01.2027",
        "2027-02-30",
        "2027-13-01",
        "soon",
        "2027",
        "1/2/2027",
        "0001-01-01T00:00+14:00",
    ],
)
def test_expiries_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ConfigError, match="expiry cannot be read"):
        parse_expiry(text)
