/** A column of the library's own catalogue by any of the names it may have, whatever their case; undefined where it has none, or nothing in it. */
import type { EditTrack } from './edit.ts';

export function fieldOf({ fields = {} }: EditTrack, names: readonly string[]): string | undefined {
  const found = Object.entries(fields).find(([name]) => names.includes(name.trim().toLowerCase()));
  if (!found) return undefined;
  const text = Array.isArray(found[1]) ? found[1].join(', ') : String(found[1]);
  return text.trim() === '' ? undefined : text;
}
