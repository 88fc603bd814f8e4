import { expect, test } from 'vitest';
import { budgetsBeside, heldWhole } from '../../../../functions/grounding/budgets.ts';
import type { Manifest } from '../../../../index/format/manifest.ts';
import { readShards } from '../../../../index/format/shard-table.ts';

const file = (bytes: number) => ({ path: '', bytes, sha256: '' });
const files = { vectors: file(4_000_000), cues: file(700_000) } as Manifest['files'];
const column = (field: string, bytes: number) => ({ ...file(bytes), field, kind: 'number' as const });
const table = (role: string, bytes: number) => readShards(role, [`4000 ${bytes} ${'0'.repeat(64)}`]);
const TABLE = 32 + 8 + 4;
const sized = {
  counts: { tracks: 4000, removed: 0, segments: 0 },
  files,
  columns: [column('durationMs', 16_000), column('bpm', 8_000)],
  shards: {
    tokens: table('tokens', 60_000_000),
    analysis: table('analysis', 40_000_000),
    catalogue: table('catalogue', 1_900_000),
    texts: table('texts', 180_000),
    ids: table('ids', 48_000),
  },
};

test('what is held whole is the vectors, the cues, the lengths of the tracks and which there are, and of a catalogue of before all as objects', () => {
  const lengths = 16_000 + 4000 + 5 * TABLE;
  expect(heldWhole(sized)).toBe(4_700_000 + lengths);
  expect(heldWhole({ ...sized, files: { ...files, catalogue: file(2_000_000) } })).toBe(7_700_000 + lengths);
});

test('tokens get what is left of 88 MB beside onnxruntime, what is held whole, 4 MiB of analyses and what is kept of the catalogue', () => {
  const { tokens, ...others } = budgetsBeside(35_000_000, sized, false);
  expect(others).toEqual({ analysis: 4_194_304, catalogue: 1_900_000, columns: 24_000, ids: 48_000, texts: 180_000 });
  const besides = 4_194_304 + 1_900_000 + 24_000 + 48_000 + 180_000;
  expect(tokens).toBeCloseTo(88_000_000 - 35_000_000 - heldWhole(sized) - besides, 3);
});

test('of a catalogue however large no more than so much is kept', () => {
  const large = {
    ...sized.shards,
    catalogue: table('catalogue', 490e6),
    texts: table('texts', 45e6),
    ids: table('ids', 12e6),
  };
  const { tokens: _, ...others } = budgetsBeside(
    35_000_000,
    { ...sized, columns: [column('artist', 90e6)], shards: large },
    false,
  );
  expect(Object.values(others).reduce((sum, bytes) => sum + bytes, 0)).toBe(24 * 2 ** 20);
});

test('of tokens of which less than a quarter would fit, and of their analyses, no more is kept than a few answers read', () => {
  const of = (bytes: number) => {
    const shards = { ...sized.shards, tokens: table('tokens', bytes) };
    const { tokens, analysis } = budgetsBeside(35_000_000, { ...sized, shards }, false);
    return { tokens, analysis };
  };
  expect(of(160e6)).toEqual(of(60e6));
  expect(of(400e6)).toEqual({ tokens: 12 * 2 ** 20, analysis: 2 ** 20 });
});

test('200,000 tracks of 128 values take 80 MB of an isolate with all that is kept, beside code and objects', () => {
  const many = {
    counts: { tracks: 200_000, removed: 0, segments: 11_236_000 },
    files: { vectors: file(39_415_076) } as Manifest['files'],
    columns: [column('durationMs', 800_048), column('others', 6_000_000)],
    shards: {
      tokens: table('tokens', 1_480e6),
      analysis: table('analysis', 916e6),
      catalogue: table('catalogue', 97e6),
      texts: table('texts', 8_600_000),
      ids: table('ids', 2_400_000),
    },
  };
  const wasm = 16_777_216;
  const kept = Object.values(budgetsBeside(wasm, many, false)).reduce((sum, bytes) => sum + bytes, 0);
  expect(wasm + heldWhole(many) + kept).toBeLessThan(84e6);
});

test('decoding pictures takes 20 MB of it', () => {
  const [without, beside] = [false, true].map((takes) => budgetsBeside(35_000_000, sized, takes).tokens);
  expect(without - beside).toBeCloseTo(20_000_000, 3);
});

test('tokens get 12 MiB however little is left', () => {
  expect(budgetsBeside(80_000_000, sized, true).tokens).toBe(12_582_912);
});
