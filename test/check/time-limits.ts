/**
 * No test sets a time limit of its own: on a machine that is busy with other work everything takes many times as long, and what was ample is
 * not. The one limit, for tests that hang, is in test/vitest.config.ts.
 */
import type { SourceFile } from './imports.ts';

/** Behind a test's function as the formatter writes it: on the line that ends the function, or on a line of its own. */
const LIMIT = /^( *)(?:\}, )?(?:[\d_]{4,}|[A-Z_]*TIMEOUT[A-Z_]*)(?:\);|,)$/;
const TEST = /^ *(?:test|it|beforeAll|beforeEach|afterAll|afterEach)\b/;

/** @returns a line for each limit in the tests */
export function checkTimeLimits(tests: readonly SourceFile[]): string[] {
  return tests.flatMap(({ path, text }) => {
    const lines = text.split('\n');
    return lines.flatMap((line, at) => {
      const limit = LIMIT.exec(line);
      if (!limit || !TEST.test(callOf(lines, at, limit[1].length - (line.includes('}') ? 0 : 2)))) return [];
      return [
        `${path}:${at + 1}: expected no time limit of a test's own, got one. Take it out; test/vitest.config.ts has one for all.`,
      ];
    });
  });
}

/** The line above that is indented so far: where the call begins that this line is the end of. */
function callOf(lines: readonly string[], at: number, indent: number): string {
  for (let above = at - 1; above >= 0; above--)
    if (lines[above].trim() && lines[above].search(/\S/) <= indent) return lines[above];
  return '';
}
