"""Keeps the store within its bounds: by age, by room, and what nobody refers to any more."""

import time

import structlog

from inspectd.pipelines.host.site import Site

_DAY_S = 86_400.0
_GB = 1e9
_BATCH = 100

_log = structlog.get_logger()


def tidy(site: Site, now_s: float | None = None) -> int:
    """Remove what is too old or too much; how many pictures went. StoreError.

    A picture that waits for work, or is worked on, stays whatever the bounds say.
    """
    now_s = time.time() if now_s is None else now_s
    store = site.settings.store
    removed = 0
    if store.retention_days:
        removed += _remove_older(site, now_s - store.retention_days * _DAY_S)
    removed += _make_room(site, now_s, int(store.max_gb * _GB))
    if removed:
        _log.info("side_pictures_removed", pictures=removed)
    return removed


def _remove_older(site: Site, before_s: float) -> int:
    removed = 0
    while old := site.pictures.older_than(before_s, _BATCH):
        _remove(site, old)
        removed += len(old)
    return removed


def _make_room(site: Site, now_s: float, max_bytes: int) -> int:
    removed = 0
    while site.pictures.total_bytes() > max_bytes:
        oldest = site.pictures.older_than(now_s, _BATCH // 10)
        if not oldest:
            _log.warning(
                "side_store_full", remedy="raise store.max_gb: all that is there waits for work"
            )
            break
        _remove(site, oldest)
        removed += len(oldest)
    return removed


def _remove(site: Site, sha256s: list[str]) -> None:
    for blob in site.pictures.remove(sha256s):
        site.blobs.remove(blob)
