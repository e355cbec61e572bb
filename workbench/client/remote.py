"""``wb.connect``: data, results and models on a server, with the words of Python users."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from workbench.client.alerts import AlertWords, RemoteIncident
from workbench.client.connection import Connection
from workbench.client.kept import RemoteDataset, RemoteDetection, RemoteModel, file_of
from workbench.client.live import LiveWords, RemoteMonitor
from workbench.client.schedules import RemoteSchedule
from workbench.core.errors import Cancelled, ReportFailed, WorkbenchError
from workbench.core.progress import Progress

__all__ = [
    "RemoteDataset",
    "RemoteDetection",
    "RemoteModel",
    "RemoteSchedule",
    "Workbench",
    "connect",
]

#: Seconds between two looks at a job: short at first.
LOOKS = (0.1, 0.2, 0.4, 0.8, 1.5)
#: What the server fetches itself.
FETCHED = ("sample:", "http://", "https://", "postgresql://", "postgresql+psycopg://")


def connect(url: str, token: str = "", *, username: str = "", password: str = "") -> Workbench:
    """Work with a team's server by the same words as here.

    Parameters
    ----------
    url : str
        Where it is: "https://workbench.plant.example".
    token : str, optional
        A key that was made on the server: it begins with ``wbk_``.
    username, password : str, optional
        In place of a token.

    Returns
    -------
    Workbench

    Raises
    ------
    NotSignedIn
        They open nothing.
    StoreError
        The server does not answer.

    Examples
    --------
    >>> team = connect("http://127.0.0.1:8100", "wbk_…")  # doctest: +SKIP
    >>> data = team.load("pump.csv", time="timestamp")  # doctest: +SKIP
    >>> found = team.detect(data)  # doctest: +SKIP
    >>> found.anomalies  # doctest: +SKIP
    """
    team = Workbench(Connection(url, token, username=username, password=password))
    try:
        team.me()
    except WorkbenchError:
        team.close()
        raise
    return team


class Workbench(AlertWords, LiveWords):
    """A team's server.

    Parameters
    ----------
    connection : Connection
        For what has no word of its own here: ``team.connection.get("/audit")``.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def __repr__(self) -> str:
        return f"Workbench({self.connection.url!r})"

    def me(self) -> dict[str, Any]:
        """Return who one is here, and what one may do."""
        told: dict[str, Any] = self.connection.get("/auth/me")
        return told

    def close(self) -> None:
        """Close the connection; a ``with`` block does so by itself."""
        self.connection.close()

    def __enter__(self) -> Workbench:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ---- data -----------------------------------------------------------------------------------

    def load(
        self,
        source: Any,
        *,
        name: str = "",
        note: str = "",
        query: str = "",
        password: str = "",
        **roles: str,
    ) -> RemoteDataset:
        """Keep data on the server.

        Parameters
        ----------
        source : path, DataFrame, "sample:NAME" or address
            A file is sent; a sample, an address (http, https) or a database
            (``postgresql://user@host/database``) is fetched by the server.
        name, note : str
        query, password : str
            For a database: one SELECT, and what opens it.
        **roles
            time, label, entity, exclude (with commas), kind: as for ``wb.load``.
        """
        if isinstance(source, str) and source.startswith(FETCHED):
            title = name or source.rpartition(":")[2].rpartition("/")[2]
            body = {"name": title, "source": source, "roles": roles, "note": note,
                    "query": query, "password": password}  # fmt: skip
            return RemoteDataset(
                self, self.connection.post("/datasets/from-source", body)["dataset"]
            )
        file, content = file_of(source, name)
        answer = self.connection.send(
            "POST", "/datasets", files={"file": (file, content)},
            data={"name": name or file, "note": note, **roles},
        )  # fmt: skip
        return RemoteDataset(self, answer.json()["dataset"])

    def datasets(self, q: str = "") -> list[RemoteDataset]:
        """Return the data that one may see, the newest first."""
        return [RemoteDataset(self, one) for one in self.connection.pages("/datasets", q=q)]

    def dataset(self, id: str) -> RemoteDataset:  # noqa: A002
        """Return data by id."""
        return RemoteDataset(self, self.connection.get(f"/datasets/{id}"))

    # ---- results --------------------------------------------------------------------------------

    def detect(
        self,
        data: RemoteDataset,
        detector: str = "auto",
        *,
        name: str = "",
        progress: Progress | None = None,
        params: dict[str, Any] | None = None,
        **options: Any,
    ) -> RemoteDetection:
        """Find what is odd in data; waits until the server has found it.

        Parameters
        ----------
        data : RemoteDataset
        detector : str
        name : str
        progress : Progress, optional
            Told how far the server is; may cancel.
        params : dict, optional
            Of the detector.
        **options
            contamination, threshold, fdr, reference, seconds, random_state: as for ``wb.detect``.
        """
        words = {"dataset": data.id, "detector": detector, "name": name, "params": params or {}}
        job = self.connection.post("/detections", {**words, **options})
        return self.detection(self.wait(job, progress)["detection"])

    def detections(self, q: str = "", **where: str) -> list[RemoteDetection]:
        """Return the results that one may see, the newest first."""
        found = self.connection.pages("/detections", q=q, **where)
        return [RemoteDetection(self, one) for one in found]

    def detection(self, id: str) -> RemoteDetection:  # noqa: A002
        """Return a result by id."""
        return RemoteDetection(self, self.connection.get(f"/detections/{id}"))

    def compare(
        self,
        data: RemoteDataset,
        detectors: Sequence[str],
        *,
        progress: Progress | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Return the comparison of several detectors: the document, and a result for each."""
        words = {"dataset": data.id, "detectors": list(detectors), **options}
        made = self.wait(self.connection.post("/comparisons", words), progress)
        made["detections"] = {
            detector: self.detection(kept) for detector, kept in made["detections"].items()
        }
        return made

    def tune(
        self,
        data: RemoteDataset,
        trials: int = 50,
        *,
        name: str = "",
        progress: Progress | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Search for a detector: the best one's result as "detection", all trials as "tuning".

        Parameters
        ----------
        data : RemoteDataset
        trials : int
        name : str
            Of the result.
        progress : Progress, optional
            Told how far the server is; may cancel.
        **options
            seconds, detectors (a list), objective, random_state: as for ``wb.tune``.
        """
        words = {"dataset": data.id, "trials": trials, "name": name, **options}
        made = self.wait(self.connection.post("/tunings", words), progress)
        return {**made, "detection": self.detection(made["detection"])}

    def report(
        self,
        what: RemoteDetection | RemoteDataset | RemoteIncident | RemoteMonitor,
        path: str | Path,
        *,
        template: str = "",
        detector: str = "",
        progress: Progress | None = None,
        **params: Any,
    ) -> Path:
        """Let the server make a report, and write it to a file.

        Parameters
        ----------
        what : RemoteDetection, RemoteDataset, RemoteIncident or RemoteMonitor
        path : path
            Ends with .html, .pdf or .ipynb.
        template : str
            By default the one that fits.
        detector : str
            Of data: what is run on them for a report about a result.
        progress : Progress, optional
        **params
            What the template may be told; of a monitor ``hours``, how long a while it is about.
        """
        path = Path(path)
        words = {
            "subject": f"{_SUBJECTS[type(what)]}:{what.id}",
            "format": path.suffix.removeprefix("."), "template": template, "params": params,
            "detector": detector,
        }  # fmt: skip
        made = self.wait(self.connection.post("/reports", words), progress)
        answer = self.connection.send("GET", f"/reports/{made['report']}/file")
        path.write_bytes(answer.content)
        return path

    # ---- models ---------------------------------------------------------------------------------

    def save(
        self, found: RemoteDetection, name: str = "", *, model: RemoteModel | None = None
    ) -> RemoteModel:
        """Keep a result's model under a name, or as the next version of a model."""
        words = {"detection": found.id, "name": name, "model": model.id if model else ""}
        return RemoteModel(self, self.connection.post("/models", words)["model"])

    def import_model(self, path: str | Path, name: str = "") -> RemoteModel:
        """Send a ``.wb`` file that was saved elsewhere; takes the permission ``models:import``."""
        path = Path(path)
        answer = self.connection.send(
            "POST", "/models/import", files={"file": (path.name, path.read_bytes())},
            params={"name": name or path.stem},
        )  # fmt: skip
        return RemoteModel(self, answer.json()["model"])

    def models(self, q: str = "") -> list[RemoteModel]:
        """Return the models that one may see, the newest first."""
        return [RemoteModel(self, one) for one in self.connection.pages("/models", q=q)]

    def model(self, id: str) -> RemoteModel:  # noqa: A002
        """Return a model by id."""
        return RemoteModel(self, self.connection.get(f"/models/{id}"))

    # ---- what comes again -----------------------------------------------------------------------

    def schedule(
        self,
        kind: str,
        params: dict[str, Any],
        *,
        cron: str = "",
        every: int | None = None,
        zone: str = "UTC",
    ) -> RemoteSchedule:
        """Order work that comes again and again, in one's own name.

        Parameters
        ----------
        kind : {"detection", "comparison", "tuning", "scoring", "report"}
        params : dict
            As the operation takes it that orders it once; data, results and models by their id.
        cron : str
            Minute, hour, day, month, weekday: "0 7 * * MON-FRI".
        every : int, optional
            Or: seconds from one time to the next.
        zone : str
            That ``cron`` is meant in: "Europe/Berlin".
        """
        words = {"kind": kind, "params": params, "cron": cron, "every": every, "zone": zone}
        return RemoteSchedule(self, self.connection.post("/schedules", words))

    def schedules(self) -> list[RemoteSchedule]:
        """Return the schedules that one may see, the newest first."""
        return [RemoteSchedule(self, one) for one in self.connection.pages("/schedules")]

    # ---- work -----------------------------------------------------------------------------------

    def wait(self, accepted: dict[str, Any], progress: Progress | None = None) -> dict[str, Any]:
        """Return a job's result once it is there.

        Raises
        ------
        Cancelled
            Somebody cancelled it.
        WorkbenchError
            It failed; the words are the server's.
        """
        job, progress = accepted["job"], progress or Progress()
        for pause in _pauses():
            if job["state"] == "done":
                result: dict[str, Any] = job["result"]
                return result
            if job["state"] == "cancelled":
                raise Cancelled("The job was cancelled.")
            if job["state"] == "failed":
                raise _failure(job["error"])
            try:
                progress.step(job["fraction"], job["stage"] or "waiting")
            except Cancelled:
                self.connection.post(f"/jobs/{job['id']}/cancel")
                raise
            time.sleep(pause)
            job = self.connection.get(f"/jobs/{job['id']}")
        raise AssertionError("unreachable")


#: What the server calls the nouns that a report can be about.
_SUBJECTS: dict[type, str] = {
    RemoteDetection: "detection",
    RemoteDataset: "dataset",
    RemoteIncident: "incident",
    RemoteMonitor: "monitor",
}


def _pauses() -> Iterator[float]:
    yield from LOOKS
    while True:
        yield LOOKS[-1]


def _failure(error: dict[str, str]) -> WorkbenchError:
    from workbench.core import errors

    kind = getattr(errors, error["title"], ReportFailed)
    known = isinstance(kind, type) and issubclass(kind, WorkbenchError)
    kind = kind if known and kind is not errors.TooManyAttempts else ReportFailed
    made: WorkbenchError = kind(error["detail"])
    return made
