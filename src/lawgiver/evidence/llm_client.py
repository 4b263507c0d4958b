"""One question to an OpenAI-compatible `/chat/completions` endpoint: retried, bounded in time and size.

The key comes from an environment variable at the moment of the call and goes into one header. Nothing that
the endpoint says is shown if it quotes the key.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, field_validator
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from lawgiver.evidence.llm_schema import AnswerError, parse_object

_MAX_RESPONSE_BYTES = 1 << 20
_MAX_WAIT_S = 30.0
# not the global generator: a retry must not move the seeds of a training run
_jitter = random.SystemRandom()


class LLMEndpoint(BaseModel):
    """Where an LLM judge is reached. Holds the name of the variable that holds the key, never the key."""

    # an error must not show a key that somebody pasted in the wrong place
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str
    """Up to and without `/chat/completions`, e.g. `http://localhost:8000/v1`."""
    model: str = Field(min_length=1)
    """The model's name at the endpoint; name a dated version where there is one."""
    api_key_env: str | None = Field(default=None, pattern=r"^[A-Z_][A-Z0-9_]*$")
    """Environment variable that holds the key; None where the endpoint asks for none."""
    timeout_s: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    """How long one attempt may take."""
    deadline_s: float = Field(default=180.0, gt=0, allow_inf_nan=False)
    """How long one score may take, with all attempts and the waits between them."""
    concurrency: int = Field(default=8, ge=1)
    """How many scores are under way at once."""
    retries: int = Field(default=4, ge=0)
    """How many attempts may follow the first."""
    backoff_s: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    """Longest wait before the first retry; it doubles with every further one, up to 30 s."""

    @field_validator("base_url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            plain = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            plain = False
        if not plain:
            raise ValueError("give a URL such as http://localhost:8000/v1")
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise ValueError("no user, password, ?query or #fragment; the key's place is api_key_env")
        return url.rstrip("/")


class EndpointError(Exception):
    """The endpoint gave no answer; the message is safe to show and to store."""


class _PassingError(EndpointError):
    """Worth another attempt: too many requests, a server error, a time-out, a lost connection."""

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class ChatClient:
    """Asks one endpoint; an async context manager that belongs to the event loop it is entered in."""

    def __init__(self, endpoint: LLMEndpoint) -> None:
        self._endpoint = endpoint
        self._slots = asyncio.Semaphore(endpoint.concurrency)
        self._http = httpx.AsyncClient(
            timeout=endpoint.timeout_s,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=endpoint.concurrency),
        )

    async def __aenter__(self) -> ChatClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def ask(
        self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any] | None, temperature: float = 0
    ) -> str:
        """The text of the model's answer to `messages`, held to `schema` if there is one; at temperature 0 for a judge.

        Raises:
            EndpointError: if time or attempts run out, or the endpoint refuses or cuts the answer off.
        """
        body: dict[str, Any] = {
            "model": self._endpoint.model,
            "temperature": temperature,
            "messages": [dict(message) for message in messages],
        }
        if schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "judgement", "strict": True, "schema": dict(schema)},
            }
        last = "no attempt ended"

        async def attempt() -> str:
            nonlocal last
            try:
                # httpx's time-out starts anew with every byte; this one bounds the attempt
                async with asyncio.timeout(self._endpoint.timeout_s):
                    return await self._attempt(body)
            except TimeoutError:
                last = f"no answer within {self._endpoint.timeout_s:g} s"
                raise _PassingError(last) from None
            except EndpointError as error:
                last = str(error)
                raise

        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._endpoint.retries + 1),
            retry=retry_if_exception_type(_PassingError),
            wait=self._wait,
            reraise=True,
        )
        # the deadline runs from the slot on: waiting in our own queue is not the endpoint's fault
        async with self._slots:
            try:
                async with asyncio.timeout(self._endpoint.deadline_s):
                    return await retrying(attempt)
            except TimeoutError:
                raise EndpointError(
                    f"no answer within the deadline of {self._endpoint.deadline_s:g} s; last: {last}"
                ) from None

    def _wait(self, state: RetryCallState) -> float:
        longest = min(_MAX_WAIT_S, self._endpoint.backoff_s * 2.0 ** min(state.attempt_number - 1, 30))
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait_s if isinstance(error, _PassingError) else 0.0
        return max(_jitter.uniform(0, longest), asked)

    async def _attempt(self, body: Mapping[str, Any]) -> str:
        key = _read_key(self._endpoint.api_key_env)
        headers = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {key}"} if key else {})}
        url = f"{self._endpoint.base_url}/chat/completions"
        try:
            async with self._http.stream("POST", url, json=body, headers=headers) as response:
                content = await _read_bounded(response)
        except httpx.TransportError as error:
            # only the kind: its text may quote what was sent
            raise _PassingError(f"{url}: {type(error).__name__}") from None
        if response.status_code == 200:
            return _message_text(content)
        detail = "" if response.status_code in (401, 403) else _excerpt(content, key)
        message = f"{url}: HTTP {response.status_code}{detail}"
        wait_s = _retry_after(response.headers.get("Retry-After"))
        passing = response.status_code in (408, 429) or response.status_code >= 500
        if passing and wait_s < self._endpoint.deadline_s:
            raise _PassingError(message, wait_s)
        raise EndpointError(f"{message}; asks for {wait_s:g} s of patience" if wait_s else message)


def _read_key(variable: str | None) -> str:
    """The key; empty if the endpoint needs none."""
    if variable is None:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise EndpointError(f"environment variable {variable} is not set; put the endpoint's key there")
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise EndpointError(f"environment variable {variable} holds spaces or non-ASCII; that is no key")
    return key


async def _read_bounded(response: httpx.Response) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _MAX_RESPONSE_BYTES:
            raise EndpointError(f"the response is longer than {_MAX_RESPONSE_BYTES} bytes")
    return bytes(content)


def _retry_after(header: str | None) -> float:
    """Seconds the endpoint asks us to wait, 0 if it does not say or says a date."""
    return min(float(header), 86_400.0) if header and re.fullmatch(r"[0-9]{1,9}", header) else 0.0


def _excerpt(content: bytes, key: str) -> str:
    """The start of an error body on one printable line; nothing of it if the key is in it."""
    text = content[:4_096].decode("utf-8", "replace")
    # part of a key is still a secret
    if key and any(key[i : i + 8] in text for i in range(max(1, len(key) - 7))):
        return " (its message quotes the key, so it is not shown)"
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f" ({line[:200]})" if line else ""


def _message_text(content: bytes) -> str:
    """The text of the one choice in a chat completion."""
    try:
        choices = parse_object(content.decode()).get("choices")
    except (AnswerError, UnicodeDecodeError):
        raise EndpointError("the response is not a JSON object") from None
    choice = choices[0] if isinstance(choices, list) and len(choices) == 1 else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise EndpointError("the response holds no choice with a message; is this a chat completion endpoint?")
    if message.get("refusal"):
        raise EndpointError("the model declined to judge")
    if choice.get("finish_reason") in ("length", "content_filter"):
        raise EndpointError(f"the answer was cut off ({choice['finish_reason']})")
    text = message.get("content")
    if not isinstance(text, str):
        raise EndpointError("the message has no text")
    return text
