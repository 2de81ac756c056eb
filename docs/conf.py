"""How Sphinx makes the site of these pages: `make docs`."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import inroads

project = "inroads"
author = "The inroads developers"
copyright = "The inroads developers; BSD 3-clause licence"
version = release = inroads.__version__

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
templates_path = ["_templates"]
exclude_patterns = ["_templates"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3


def _hash_of_package() -> str:
    """What examples hang on besides their own text."""
    digest = hashlib.sha256()
    folder = Path(inroads.__file__).parent
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


_out = Path(__file__).resolve().parents[1] / "out"

# A profile of its own: kernels say nothing of how they are connected, and keep no history.
_profile = _out / "docs-ipython" / "profile_default"
_profile.mkdir(parents=True, exist_ok=True)
(_profile / "ipython_kernel_config.py").write_text(
    "c.IPKernelApp.log_level = 40\nc.HistoryManager.enabled = False\n"
)
os.environ["IPYTHONDIR"] = str(_profile.parent)
# Where examples, which run elsewhere, find the folders beside their pages.
os.environ["INROADS_DOCS"] = str(Path(__file__).resolve().parent)

# Each example runs while its page is made, in a folder of its own, and stops the build where it
# fails. DOCS_EXECUTION=cache takes outputs of the same example and the same package again.
nb_execution_mode = os.environ.get("DOCS_EXECUTION", "force")
if nb_execution_mode == "cache":
    nb_execution_cache_path = str(_out / "docs-cache" / _hash_of_package())
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

# The reference: pages under api/ list the names, autosummary makes a page of each.
autosummary_ignore_module_all = False
default_role = "py:obj"  # `Name` in docstrings is a name of the package, linked where it has a page
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = "inroads"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "header_links_before_dropdown": 5,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
