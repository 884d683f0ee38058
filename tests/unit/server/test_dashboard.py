import httpx

from facewarden.dashboard.pages import Pages


def test_the_page_is_asked_for_each_time_and_its_assets_are_kept(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    again = client.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

    asset = client.get(f"/assets/{Pages().version}/js/app.js")
    assert asset.status_code == 200
    assert asset.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in asset.headers["cache-control"]


def test_what_is_not_there_is_a_problem(client: httpx.Client) -> None:
    version = Pages().version
    for path in (
        f"/assets/{version}/js/no.js",
        "/assets/0/js/app.js",
        f"/assets/{version}/%2e%2e/pages.py",
    ):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
