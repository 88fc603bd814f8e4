import { expect, test } from 'vitest';
import { checkTimeLimits } from '../../check/time-limits.ts';

const of = (text: string) => checkTimeLimits([{ path: 'a.test.ts', text }]).length;

test("a test's own limit is found, however the formatter broke its lines", () => {
  expect(of('test("a", async () => {\n  await work();\n}, 120_000);\n')).toBe(1);
  expect(of('test(\n  "a",\n  async () => {\n    await work();\n  },\n  30_000,\n);\n')).toBe(1);
  expect(of('it(\n  "a",\n  () => {},\n  TIMEOUT_MS,\n);\n')).toBe(1);
  expect(of('describe("b", () => {\n  beforeAll(async () => {\n    await work();\n  }, 60_000);\n});\n')).toBe(1);
});

test('numbers that are no limits are left alone', () => {
  expect(of('expect(sum([1, 2])).toBe(\n  120_000,\n);\n')).toBe(0);
  expect(of('test("a", () => {\n  setTimeout(() => {\n    work();\n  }, 30_000);\n});\n')).toBe(0);
  expect(of('const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, 5000));\n')).toBe(0);
  expect(of('test("a", () => {\n  f({ durationMs: 120_000 });\n});\n')).toBe(0);
});
