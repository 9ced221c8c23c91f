"""The REST interface over a real site; a worker is turned by hand."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from support.side import MakeSettings, picture

from inspectd.pipelines.host.admission import Admission
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.web.app import make_app
from inspectd.pipelines.host.web.desk import Desk
from inspectd.pipelines.host.web.guard import Buckets
from inspectd.pipelines.host.worker import Worker


class Bench:
    """A client of the page's host, and somebody who does the work."""

    def __init__(self, site: Site) -> None:
        self.site = site
        app = make_app(Desk(site, Admission(None, 0.3)), site.settings)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        self._serving = threading.Thread(target=self._server.run, args=([self._listener],))
        self._serving.start()
        self.client = httpx.Client(base_url=self.address, timeout=60)
        self._worker = Worker(site, "test", lambda _what, _job: None)

    def close(self) -> None:
        self.client.close()
        self._server.should_exit = True
        self._serving.join()

    def work(self) -> None:
        while self._worker.next():
            pass

    def post(self, *files: tuple[str, bytes], **fields: str) -> Any:
        sent = [("files", file) for file in files]
        return self.client.post("/api/pictures", files=sent, data={"pipeline": "tint", **fields})


MakeBench = Callable[..., Bench]


@pytest.fixture
def make_bench(make_settings: MakeSettings) -> Iterator[MakeBench]:
    made: list[Bench] = []

    def make(**sections: dict[str, Any]) -> Bench:
        made.append(Bench(Site(make_settings(**sections))))
        return made[-1]

    yield make
    for bench in made:
        with bench.site:
            bench.close()


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    return make_bench()


def test_every_file_of_a_request_is_taken_or_refused(bench: Bench) -> None:
    answer = bench.post(("a.png", picture()), ("b.txt", b"no picture"), ("c.png", picture()))
    assert answer.status_code == 200
    told = answer.json()
    assert [each["name"] for each in told["taken"]] == ["a.png", "c.png"]
    assert [each["is_new"] for each in told["taken"]] == [True, False]
    assert told["refused"][0]["name"] == "b.txt"
    assert "no picture" in told["refused"][0]["why"]
    assert bench.client.get("/api/refused").json() == told["refused"]


def test_results_come_with_their_provenance(bench: Bench) -> None:
    (taken,) = bench.post(("a.png", picture())).json()["taken"]
    assert bench.client.get(f"/api/jobs/{taken['job']}").json()["state"] == "queued"
    bench.work()
    (job,) = bench.client.get("/api/jobs", params={"job": taken["job"]}).json()
    assert job["state"] == "done"
    assert job["findings"][0]["label"] == "colour/red"
    assert job["provenance"]["pipeline"] == "tint"
    note = bench.client.get(f"/api/jobs/{taken['job']}/artefacts/note")
    assert (note.text, note.headers["content-type"]) == ("colour/red", "text/plain; charset=utf-8")
    shown = bench.client.get(f"/api/pictures/{taken['sha256']}/preview.jpg")
    assert shown.content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"pipeline": "none"}, "no pipeline is called 'none'"),
        ({"options": "[1]"}, "a JSON object is needed"),
        ({"options": "{"}, "a JSON object is needed"),
        ({"options": '{"thresold": 1}'}, "option thresold: unknown"),
        ({"pipeline": "lacks"}, "no_such_library is missing"),
        ({"pipeline": "classify"}, "inspectd models fetch"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_taken(
    bench: Bench, fields: dict[str, str], why: str
) -> None:
    answer = bench.post(("a.png", picture()), **fields)
    assert answer.status_code == 422
    assert why in answer.json()["error"]
    assert bench.site.pictures.counts() == (0, 0, 0)


def test_a_request_that_is_too_large_is_refused_whole(make_bench: MakeBench) -> None:
    bench = make_bench(web={"max_request_mb": 0.01})
    answer = bench.post(("a.png", b"x" * 200_000))
    assert answer.status_code == 413
    assert "web.max_request_mb" in answer.json()["error"]


def test_too_many_files_are_refused(make_bench: MakeBench) -> None:
    bench = make_bench(web={"max_files": 2})
    answer = bench.post(*((f"{n}.png", picture()) for n in range(3)))
    assert answer.status_code == 400
    assert "files" in answer.json()["error"].lower()


def test_another_sites_page_may_not_send(bench: Bench) -> None:
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        sent = [("files", ("a.png", picture()))]
        answer = bench.client.post("/api/pictures", files=sent, headers=headers)
        assert answer.status_code == 403
    own = {"Origin": bench.address, "Sec-Fetch-Site": "same-origin"}
    sent = [("files", ("a.png", picture()))]
    data = {"pipeline": "tint"}
    assert bench.client.post("/api/pictures", files=sent, data=data, headers=own).status_code == 200


def test_a_client_that_asks_too_often_is_told_when_to_come_back(make_bench: MakeBench) -> None:
    bench = make_bench(web={"requests_per_minute": 2})
    codes = [bench.client.get("/api/status").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert int(bench.client.get("/api/status").headers["Retry-After"]) >= 1


def test_a_bucket_fills_again_and_clients_do_not_share_it() -> None:
    now_s = 0.0
    buckets = Buckets(60, lambda: now_s)
    assert [buckets.wait_s("a") for _ in range(60)] == [0.0] * 60
    assert buckets.wait_s("a") == pytest.approx(1.0)
    assert buckets.wait_s("b") == 0.0
    now_s = 1.0
    assert buckets.wait_s("a") == 0.0


def test_the_page_works_without_any_other_host(bench: Bench) -> None:
    for path in ("/", "/side.css", "/side.js", "/cards.js"):
        answer = bench.client.get(path)
        assert answer.status_code == 200
        assert "//" not in answer.text.replace("// ", "").replace("http://www.w3.org", "")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert bench.client.get("/docs").status_code == 404


def test_the_interface_describes_itself(bench: Bench) -> None:
    told = bench.client.get("/openapi.json").json()
    assert {"/classify", "/api/pictures", "/api/jobs", "/api/pipelines"} <= set(told["paths"])
    assert "Error" in told["components"]["schemas"]


def test_pipelines_tell_their_options_and_why_others_are_off(bench: Bench) -> None:
    told = bench.client.get("/api/pipelines").json()
    (tint,) = [each for each in told["pipelines"] if each["name"] == "tint"]
    assert "threshold" in tint["options"]["properties"]
    assert "no_such_library" in told["off"]["lacks"]


def test_what_does_not_exist_is_told(bench: Bench) -> None:
    assert bench.client.get("/api/jobs/99").status_code == 404
    assert bench.client.get("/api/jobs", params={"job": 99}).json() == []
    assert bench.client.get(f"/api/pictures/{'0' * 64}/preview.jpg").status_code == 404
    assert bench.client.get("/api/pictures/../../etc/preview.jpg").status_code in (404, 422)
    assert "see /openapi.json" in bench.client.get("/api/jobs?job=x").json()["error"]


def test_a_review_is_answered_in_one_batch(bench: Bench) -> None:
    bench.post(("a.png", picture()), ("b.png", picture((10, 10, 200))))
    bench.work()
    work = bench.site.jobs.works()[-1]
    bench.site.reviews.sample(work.key, "check", 1.0, 0)
    questions = bench.client.get("/api/reviews").json()
    answers = {questions[0]["id"]: None, questions[1]["id"]: "other"}
    sent = json.dumps({"answers": answers, "reviewer": "Ann"})
    answer = bench.client.post(
        "/api/reviews", content=sent, headers={"Content-Type": "application/json"}
    )
    assert answer.json() == {"answered": 2}
    assert bench.client.get("/api/reviews").json() == []
    assert sorted(bench.site.reviews.labels("tint").values()) == sorted(
        [questions[0]["proposed"], "other"]
    )


def test_cancelled_jobs_are_not_done(bench: Bench) -> None:
    (taken,) = bench.post(("a.png", picture())).json()["taken"]
    told = bench.client.post(f"/api/jobs/cancel?job={taken['job']}").json()
    assert told == {"cancelled": 1}
    bench.work()
    assert bench.client.get(f"/api/jobs/{taken['job']}").json()["state"] == "cancelled"


@pytest.mark.parametrize(
    "answers",
    [
        {"answers": {"1": "   "}, "reviewer": "Ann"},
        {"answers": {"1": ""}, "reviewer": "Ann"},
        {"answers": {"1": "cat"}, "reviewer": "  "},
        {"answers": {"1": "x" * 201}, "reviewer": "Ann"},
        {"answers": {"1": "a\u0000b"}, "reviewer": "Ann"},
        {"answers": {"1": "\ud800"}, "reviewer": "Ann"},
        {"answers": {"9" * 25: "cat"}, "reviewer": "Ann"},
    ],
)
def test_an_answer_that_is_no_label_is_refused(bench: Bench, answers: dict[str, Any]) -> None:
    sent = bench.client.post(
        "/api/reviews",
        content=json.dumps(answers),
        headers={"Content-Type": "application/json"},
    )
    assert sent.status_code == 422
    assert "error" in sent.json()


@pytest.mark.parametrize("number", ["0", "-1", str(2**31), "9" * 25])
def test_a_number_that_no_job_has_is_told(bench: Bench, number: str) -> None:
    assert bench.client.get(f"/api/jobs/{number}").status_code == 422
    assert bench.client.get("/api/jobs", params={"job": number}).status_code == 422
    assert bench.client.post(f"/api/jobs/cancel?job={number}").status_code == 422


def test_options_without_end_are_refused(bench: Bench) -> None:
    answer = bench.post(("a.png", picture()), options="[" * 9000)
    assert answer.status_code == 422
    assert "a JSON object is needed" in answer.json()["error"]
