"""``emotion site``: the page that needs no server."""

from pathlib import Path
from typing import Annotated

import typer


def site(
    out: Annotated[Path, typer.Option(help="New folder, or one that this command wrote.")] = Path(
        "site"
    ),
) -> None:
    """Write the page as static files, which read pictures in the visitor's browser."""
    from ..environment import require

    require("fastapi")
    from ..app.site.write import write_site

    size = write_site(out)
    print(f"{out}: {size / 1e6:.1f} MB. To see it: python -m http.server --directory {out}")
