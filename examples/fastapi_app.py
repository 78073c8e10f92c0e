"""A web service in front of two models: `uvicorn examples.fastapi_app:app`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request, Response

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.errors import AllModelsFailedError


async def large(task: Task) -> str:
    """Stands for a model that is down."""
    raise ConnectionError("connection refused")


async def small(task: Task) -> str:
    """Stands for a model that answers."""
    return f"small says: {task.payload}"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
    """The runtime lives as long as the service and drains when the service stops."""
    models = [
        ModelConfig(id="large", executor=large),
        ModelConfig(id="small", executor=small),
    ]
    async with Runtime(models=models) as runtime:
        app.state.runtime = runtime
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/ask")
async def ask(prompt: str, request: Request) -> dict[str, str | None]:
    """The answer of the first model that gives an answer."""
    result = await request.app.state.runtime.execute(Task(prompt, timeout=20))
    if isinstance(result.error, AllModelsFailedError):
        wait = round(result.error.retry_after or 1)
        raise HTTPException(503, "no model answers", {"Retry-After": str(wait)})
    return {"answer": result.unwrap(), "model": result.model_used}


@app.get("/status")
async def status(request: Request) -> Response:
    """Models, breakers and counts as JSON."""
    return Response(request.app.state.runtime.snapshot().to_json(), media_type="application/json")
