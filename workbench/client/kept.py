"""What a server keeps, in the hands of who asks it: data, results, models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from workbench.client.remote import Workbench

__all__ = ["RemoteDataset", "RemoteDetection", "RemoteModel", "file_of"]


@dataclass(frozen=True)
class _Kept:
    """Something that the server keeps."""

    team: Workbench
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.facts["id"])

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.facts["name"])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.id[:8]}…)"


class RemoteDataset(_Kept):
    """Data on a server."""

    def profile(self) -> dict[str, Any]:
        """Return what the data are and what is wrong with them."""
        told: dict[str, Any] = self.team.connection.get(f"/datasets/{self.id}/profile")
        return told

    def rows(self, start: int = 0, limit: int = 50) -> pd.DataFrame:
        """Return some rows."""
        import pandas as pd

        told = self.team.connection.get(f"/datasets/{self.id}/rows", start=start, limit=limit)
        frame = pd.DataFrame(told["rows"], columns=told["columns"])
        return frame.set_index(pd.RangeIndex(start, start + len(frame)))

    def versions(self) -> list[dict[str, Any]]:
        """Return what is known of each version, the newest first."""
        found: list[dict[str, Any]] = self.team.connection.get(f"/datasets/{self.id}/versions")
        return found

    def add_version(self, source: Any) -> RemoteDataset:
        """Keep a newer state of the data."""
        name, content = file_of(source, self.name)
        path = f"/datasets/{self.id}/versions"
        answer = self.team.connection.send("POST", path, files={"file": (name, content)})
        return RemoteDataset(self.team, answer.json()["dataset"])

    def download(self, path: str | Path = ".", version: int | None = None) -> Path:
        """Write a version, byte by byte as it was kept, to a file that ``wb.load`` reads.

        Parameters
        ----------
        path : path
            A file; or a folder, where it gets the name that it was uploaded with and takes the
            place of no other file.
        version : int, optional
            The newest by default.

        Returns
        -------
        Path

        Raises
        ------
        ParameterError
            The folder holds another file of that name.
        """
        connection, target = self.team.connection, Path(path)
        number = self.facts["latest"] if version is None else version
        place = f"/datasets/{self.id}/versions/{number}"
        named = not target.is_dir()
        if not named:
            target = target / Path(connection.get(place)["file"]).name
        content = connection.send("GET", f"{place}/file").content
        if not named and target.exists() and target.read_bytes() != content:
            raise ParameterError(
                f"{target} is there already and holds something else. Say which file to write: "
                f"download({str(target.with_stem(target.stem + '-2'))!r})."
            )
        target.write_bytes(content)
        return target

    def remove(self) -> None:
        """Remove the data with all their versions."""
        self.team.connection.send("DELETE", f"/datasets/{self.id}")


class RemoteDetection(_Kept):
    """A result on a server."""

    @property
    def detector(self) -> str:
        """What found it."""
        return str(self.facts["detector"])

    @property
    def anomalies(self) -> pd.DataFrame:
        """Anomalies, the most severe first."""
        import pandas as pd

        lines: list[dict[str, Any]] = []
        while True:
            part = self._get("anomalies", start=len(lines), limit=200)
            lines += part
            if len(part) < 200:
                return pd.DataFrame(lines)

    @property
    def scores(self) -> pd.DataFrame:
        """Score, p-value, severity and verdict of each row in the order of the data."""
        import pandas as pd

        lines: list[dict[str, Any]] = []
        while len(lines) < self.facts["facts"]["rows"]:
            lines += self._get("scores", start=len(lines), limit=10_000)
        return pd.DataFrame(lines).set_index("row")

    def explain(self, row: int) -> dict[str, Any]:
        """Return why a row scores as it does."""
        told: dict[str, Any] = self._get(f"rows/{row}/explanation")
        return told

    def evaluate(self) -> dict[str, Any]:
        """Return how good the ranking is."""
        told: dict[str, Any] = self._get("evaluation")
        return told

    def label(
        self, rows: int | Sequence[int], verdict: str | None, *, comment: str = "", tag: str = ""
    ) -> None:
        """Say what rows are."""
        said = [rows] if isinstance(rows, int) else list(rows)
        words = {"rows": said, "verdict": verdict, "comment": comment, "tag": tag}
        self.team.connection.post(f"/detections/{self.id}/labels", words)

    @property
    def labels(self) -> pd.DataFrame:
        """What people said about rows."""
        import pandas as pd

        columns = ["row", "verdict", "tag", "comment", "author", "time"]
        return pd.DataFrame(self._get("labels"), columns=columns)

    def learn(self, *, progress: Progress | None = None) -> RemoteDetection:
        """Return what is found once the labels are taken into account."""
        job = self.team.connection.post(f"/detections/{self.id}/learn")
        return self.team.detection(self.team.wait(job, progress)["detection"])

    def with_threshold(self, rule: str | float, **params: Any) -> RemoteDetection:
        """Put the result under another threshold."""
        body = {"rule": rule, "params": params}
        path = f"/detections/{self.id}/threshold"
        answer = self.team.connection.send("PUT", path, json=body)
        return RemoteDetection(self.team, answer.json())

    def export(self, path: str | Path) -> Path:
        """Write all rows with scores to a file, by its ending."""
        path = Path(path)
        form = path.suffix.removeprefix(".")
        answer = self.team.connection.send(
            "GET", f"/detections/{self.id}/export", params={"format": form}
        )
        path.write_bytes(answer.content)
        return path

    def remove(self) -> None:
        """Remove the result."""
        self.team.connection.send("DELETE", f"/detections/{self.id}")

    def _get(self, what: str, **params: Any) -> Any:
        return self.team.connection.get(f"/detections/{self.id}/{what}", **params)


class RemoteModel(_Kept):
    """A model on a server."""

    def versions(self) -> pd.DataFrame:
        """Return the versions with their stages, the newest first."""
        import pandas as pd

        return pd.DataFrame(self.team.connection.get(f"/models/{self.id}/versions"))

    def score(self, rows: Any, version: int | None = None) -> pd.DataFrame:
        """Score rows: a DataFrame, a mapping for one row, or a sequence of such."""
        import pandas as pd

        found: list[dict[str, Any]] = []
        lines = _lines(rows)
        for start in range(0, len(lines), 10_000):
            answer = self.team.connection.send(
                "POST", f"/models/{self.id}/score", json={"rows": lines[start : start + 10_000]},
                params={} if version is None else {"version": version},
            )  # fmt: skip
            found += answer.json()["scores"]
        return pd.DataFrame(found, index=getattr(rows, "index", None))

    def score_dataset(
        self,
        data: RemoteDataset,
        version: int | None = None,
        *,
        progress: Progress | None = None,
    ) -> RemoteDetection:
        """Score data that the server keeps; returns the result, which it keeps too."""
        words = {"dataset": data.id, "version": version}
        job = self.team.connection.post(f"/models/{self.id}/score-dataset", words)
        return self.team.detection(self.team.wait(job, progress)["detection"])

    def promote(self, version: int) -> dict[str, Any]:
        """Make a version the champion."""
        path = f"/models/{self.id}/versions/{version}/promote"
        told: dict[str, Any] = self.team.connection.post(path)
        return told

    def roll_back(self) -> dict[str, Any]:
        """Make the champion before this one the champion again."""
        told: dict[str, Any] = self.team.connection.post(f"/models/{self.id}/roll-back")
        return told

    def deploy(self, version: int | None) -> RemoteModel:
        """Pin the scoring endpoint to a version; None lets it follow the champion."""
        path = f"/models/{self.id}/deployment"
        answer = self.team.connection.send("PUT", path, json={"version": version})
        return RemoteModel(self.team, answer.json())

    def download(self, path: str | Path, version: int | None = None) -> Path:
        """Write a version to a file that ``wb.open`` opens."""
        number = self.facts["latest"] if version is None else version
        answer = self.team.connection.send("GET", f"/models/{self.id}/versions/{number}/file")
        Path(path).write_bytes(answer.content)
        return Path(path)

    def remove(self) -> None:
        """Remove the model with all its versions."""
        self.team.connection.send("DELETE", f"/models/{self.id}")


def file_of(source: Any, name: str) -> tuple[str, bytes]:
    """Return a source as a file: its name and what is in it."""
    if hasattr(source, "to_parquet"):
        import io

        buffer = io.BytesIO()
        source.to_parquet(buffer)
        return f"{name or 'table'}.parquet", buffer.getvalue()
    path = Path(source)
    if not path.is_file():
        raise ParameterError(
            f"There is no file '{path.name}'. Give a path, a DataFrame or a sample."
        )
    return path.name, path.read_bytes()


def _lines(rows: Any) -> list[dict[str, Any]]:
    """Return rows as JSON can say them, numbers to the last digit."""
    from workbench.workflow.exporting import plain

    if hasattr(rows, "to_dict") and hasattr(rows, "columns"):
        found = rows.to_dict("records")
    else:
        found = [dict(rows)] if hasattr(rows, "keys") else [dict(row) for row in rows]
    lines: list[dict[str, Any]] = plain(found)
    return lines
