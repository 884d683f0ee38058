import pytest

from facewarden.errors import ConfigError
from facewarden.server.address import require_safe


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_needs_no_tls(host: str) -> None:
    require_safe(host, tls=False, behind_proxy=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_others_need_it(host: str) -> None:
    with pytest.raises(ConfigError, match="without TLS"):
        require_safe(host, tls=False, behind_proxy=False)
    require_safe(host, tls=True, behind_proxy=False)
    require_safe(host, tls=False, behind_proxy=True)
