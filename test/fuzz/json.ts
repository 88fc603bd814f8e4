/** JSON that was right once: a member dropped, renamed, repeated, or of another type, size and depth. */
import fc from 'fast-check';

/** What no reader asks for. */
export const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    0.5,
    1e-300,
    1e308,
    -1e308,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    '',
    ' ',
    '0',
    '5',
    'NaN',
    '-1',
    '1e9',
    '\u0000',
    '\ud800',
    '\u202e\ufeff',
    'ÿ😀é',
    '__proto__',
    'constructor',
    "'; drop table",
    'a'.repeat(300),
    'a'.repeat(70_000),
  ),
  fc
    .constantFrom<() => unknown>(
      () => [],
      () => ({}),
      () => nested(50, (inner) => [inner]),
      () => nested(50, (inner) => ({ a: inner })),
      () => nested(2000, (inner) => [inner]),
      () => JSON.parse('{"__proto__": {"k": 1}}'),
      () => ({ constructor: { prototype: { k: 1 } } }),
      () => ({ toString: 1, valueOf: null, length: -1 }),
      () => Array.from({ length: 2000 }, (_, i) => i),
      () => Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, i])),
    )
    .map((make) => make()),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.jsonValue({ maxDepth: 3 }),
);

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
}

type Change =
  | { kind: 'replace'; at: number; value: unknown }
  | { kind: 'drop'; at: number }
  | { kind: 'add'; at: number; name: string; value: unknown }
  | { kind: 'rename'; at: number; name: string };

const NAMES = [
  '__proto__',
  'constructor',
  '',
  'k',
  'K',
  'frames',
  'tokens',
  'hasOwnProperty',
  'no such',
  '\u0000',
  '1',
];
const name = fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'binary', maxLength: 12 }));

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('replace' as const), at: fc.nat(), value: odd }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('add' as const), at: fc.nat(), name, value: odd }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rename' as const), at: fc.nat(), name }) },
);

/** Copies of the value with one to three changes anywhere in it. */
export function changedJson(value: unknown): fc.Arbitrary<unknown> {
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((all) => all.reduce((copy, one) => applied(copy, one), structuredClone(value)));
}

/** As text, in which a member may also stand twice, or the syntax be broken. */
export function changedJsonText(value: unknown): fc.Arbitrary<string> {
  return fc.tuple(changedJson(value), fc.nat({ max: 40 }), fc.nat()).map(([changed, game, at]) => {
    const text = JSON.stringify(changed) ?? '';
    const inner = text.slice(1, -1);
    if (game === 0) return `{${inner},${inner}}`;
    if (game === 1) return `{"__proto__":{"k":1},${inner}}`;
    if (game === 2) return `\ufeff${text}`;
    if (game === 3) return `${text}${text}`;
    if (game === 4) return text.slice(0, at % (text.length + 1));
    if (game === 5) return text.replaceAll(':', ': \n\t');
    if (game === 6) return text.replace(/\d+/, '1e999');
    const depth = at % 100_000;
    if (game === 7) return '['.repeat(depth);
    if (game === 8) return `{${inner},"k":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    return text;
  });
}

type Place = { holder: Record<string, unknown>; name: string };

function applied(value: unknown, change: Change): unknown {
  const places = placesOf(value);
  if (places.length === 0) return change.kind === 'replace' ? structuredClone(change.value) : value;
  const { holder, name } = places[change.at % places.length];
  if (change.kind === 'replace') define(holder, name, structuredClone(change.value));
  if (change.kind === 'drop') remove(holder, name);
  if (change.kind === 'add') define(intoOf(holder, name), change.name, structuredClone(change.value));
  if (change.kind === 'rename') {
    define(holder, change.name, holder[name]);
    remove(holder, name);
  }
  return value;
}

/** Lists of thousands count with their first members, or nothing else would ever be met. */
function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null || found.length > 500) return found;
  for (const name of Object.keys(value).slice(0, 20)) {
    const holder = value as Record<string, unknown>;
    found.push({ holder, name });
    placesOf(holder[name], found);
  }
  return found;
}

function intoOf(holder: Record<string, unknown>, name: string): Record<string, unknown> {
  const inner = holder[name];
  return typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : holder;
}

/** By definition, so that "__proto__" is a member like any other. */
function define(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

function remove(holder: Record<string, unknown>, name: string): void {
  if (!Array.isArray(holder) || !/^\d+$/.test(name)) {
    delete holder[name];
    return;
  }
  holder.copyWithin(Number(name), Number(name) + 1); // splice would ask the list for its constructor, which may be anything here
  holder.length--;
}
