/** The fields of a request beside its clip: dropped, repeated, renamed or odd; and how its body may be compressed. */
import fc from 'fast-check';
import { odd } from './json.ts';
import type { FuzzRequest } from './requests.ts';

/** A request but for what it is about. */
export type Clip = Omit<FuzzRequest, 'operation'>;

/** Of a clip. */
export const FRAMES = 3;

export const OPTIONS = {
  k: 3,
  fit: 'clip',
  snap: 'beat',
  hitAtMs: 500,
  filters: { tags: { in: ['calm', 'bright'], not: 'loud' }, durationMs: { range: { min: 1000 } } },
  exclude: { tracks: ['north'], artists: ['Nobody'] },
  diversity: { perArtist: 2, lambda: 0.7 },
  prefer: { tracks: ['north', 'gone'], weight: 0.3 },
  avoid: { tracks: ['east'] },
  alternatives: 2,
  targetLufs: -14,
};

/** A list of fields with some dropped, repeated, renamed or odd, as a query. */
export function queryOf(fields: Record<string, string>): fc.Arbitrary<string> {
  return changedFields(fields).map((all) => `?${new URLSearchParams(all as [string, string][])}`);
}

export function changedFields(fields: Record<string, string>): fc.Arbitrary<[string, string][]> {
  const entries = Object.entries(fields);
  const change = fc.record({
    kind: fc.constantFrom('odd', 'drop', 'repeat', 'rename', 'none'),
    at: fc.nat({ max: entries.length - 1 }),
    value: fc.oneof(
      odd.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
      fc.string(),
    ),
  });
  return fc.array(change, { maxLength: 2 }).map((all) => {
    const changed = entries.map(([name, value]): [string, string] => [name, value]);
    for (const { kind, at, value = '' } of all) {
      if (kind === 'odd') changed[at % changed.length][1] = value.slice(0, 2000);
      if (kind === 'rename') changed[at % changed.length][0] = value.slice(0, 100);
      if (kind === 'repeat') changed.push([...(changed[at % changed.length] ?? ['k', '1'])]);
      if (kind === 'drop' && changed.length > 1) changed.splice(at % changed.length, 1);
    }
    return changed;
  });
}

export function textsOf(options: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

export function compressions(): fc.Arbitrary<FuzzRequest['gzip']> {
  return fc.oneof(
    { weight: 200, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant('bomb' as const) },
    {
      weight: 20,
      arbitrary: fc.constantFrom(
        'whole' as const,
        'twice' as const,
        'cut' as const,
        'damaged' as const,
        'trailed' as const,
      ),
    },
  );
}

export function sometimes(usual: string, other: string, odds: number): fc.Arbitrary<string> {
  return fc.oneof({ weight: odds, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(other) });
}
