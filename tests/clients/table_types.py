"""Types of the tables, as an app with supabase-js uses them, and with the mistakes that they should tell of."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.clients.conftest import Packages

USES_TYPES = """
import { createClient } from '@supabase/supabase-js'
import type { Database } from './database.types.ts'

const client = createClient<Database>('http://127.0.0.1', 'key')

export async function categories(): Promise<{ slug: string; scene_count: number | null }[]> {
  // @ts-expect-error: there is no such table
  void client.from('kategories')
  // @ts-expect-error: a title is text
  void client.from('live_sessions').update({ title: 7 })
  const { data, error } = await client.from('categories').select('slug, scene_count')
  if (error) throw error
  return data
}
"""


def assert_types_fit(packages: Packages, types: str, folder: Path) -> None:
    """Compiled strictly by the pinned `tsc` in a folder of their own."""
    (folder / "database.types.ts").write_text(types, "utf-8")
    (folder / "uses.ts").write_text(USES_TYPES, "utf-8")
    (folder / "node_modules").symlink_to(packages.folder)
    done = subprocess.run(
        [str(packages.program("tsc")), "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module",
         "esnext", "--moduleResolution", "bundler", "--allowImportingTsExtensions", "uses.ts"],
        cwd=folder, env={"PATH": packages.node.path}, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
