"""A fake of Slack's files: those that users share, and those that an app uploads in three steps.

files.getUploadURLExternal ──► POST to the address ──► files.completeUploadExternal ──► a message
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.slack import FakeSlack, Params, Refused


@dataclass
class Upload:
    """An upload that is not complete."""

    team: str
    name: str
    length: int
    alt: str
    data: bytes | None = None


@dataclass(frozen=True)
class Shared:
    """A file that was shared in a channel."""

    team: str
    channel: str
    thread: str
    name: str
    title: str
    alt: str
    data: bytes


class FakeFiles(FakeSlack):
    """The Web API with files. The permissions are in ``scopes``; if it is empty, all are granted."""

    def __init__(self, tokens: dict[str, str], **options: Any) -> None:
        super().__init__(tokens, **options)
        # The files that users shared, by name.
        self.files: dict[str, bytes] = {}
        # The responses of files.info, by file ID.
        self.file_ids: dict[str, Params] = {}
        self.shared: list[Shared] = []
        self._uploads: dict[str, Upload] = {}

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/files/{name}", self._file)
        app.router.add_post("/upload/v1/{id}", self._upload)

    async def call_files_getuploadurlexternal(self, team: str, params: Params) -> Params:
        self._require_scope("files:write")
        length = int(params.get("length") or 0)
        if not params.get("filename") or length <= 0 or len(str(params.get("alt_txt", ""))) > 1_000:
            raise Refused("invalid_arguments")
        self._count += 1
        file_id = f"F{self._count:06d}"
        self._uploads[file_id] = Upload(
            team, str(params["filename"]), length, str(params.get("alt_txt", ""))
        )
        return {"upload_url": f"{self.origin}/upload/v1/{file_id}", "file_id": file_id}

    async def call_files_completeuploadexternal(self, team: str, params: Params) -> Params:
        self._require_scope("files:write")
        channel = str(params.get("channel_id", ""))
        files = params.get("files") or []
        uploads = [self._uploads.get(str(file.get("id"))) for file in files]
        if not uploads or any(
            upload is None or upload.team != team or upload.data is None for upload in uploads
        ):
            raise Refused("file_not_found")
        if channel:
            if channel[0] not in "CGD":
                raise Refused("invalid_channel")
            self._admit(team, channel)
        for file, upload in zip(files, uploads, strict=True):
            del self._uploads[file["id"]]
            self.shared.append(
                Shared(
                    team,
                    channel,
                    str(params.get("thread_ts", "")),
                    upload.name,
                    str(file.get("title", "")),
                    upload.alt,
                    upload.data,
                )
            )
        return {"files": [{"id": file["id"]} for file in files]}

    async def call_files_info(self, _team: str, params: Params) -> Params:
        self._require_scope("files:read")
        file = self.file_ids.get(str(params["file"]))
        if file is None:
            raise Refused("file_not_found")
        return {"file": file}

    def _require_scope(self, scope: str) -> None:
        if self.scopes and scope not in self.scopes.split(","):
            self.error_fields["missing_scope"] = {"needed": scope, "provided": self.scopes}
            raise Refused("missing_scope")

    async def _upload(self, request: web.Request) -> web.Response:
        """Accept bytes without a token: the URL is the permission."""
        upload = self._uploads.get(request.match_info["id"])
        data = await request.read()
        if upload is None or upload.data is not None or "Authorization" in request.headers:
            return web.Response(status=404)
        if len(data) != upload.length:
            return web.Response(status=400, text="length")
        upload.data = data
        return web.Response(text=f"OK - {time.time_ns()}")

    async def _file(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return web.Response(text="<html>sign in</html>", content_type="text/html")
        return web.Response(
            body=self.files[request.match_info["name"]], content_type="application/octet-stream"
        )
