/** How a check says that a promise was not kept, or that there is nothing to look at. */

export class Unmet extends Error {
  override readonly name = 'Unmet';
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: unknown) {
    const told = typeof got === 'string' ? got : (JSON.stringify(got) ?? 'nothing');
    super(`expected ${expected}, got ${told}`);
    this.expected = expected;
    this.got = told;
  }
}

export class Beside extends Error {
  override readonly name = 'Beside';
}

/** @param got for the message where it is not so. @throws Unmet */
export function meets(isSo: boolean, expected: string, got: unknown): asserts isSo {
  if (!isSo) throw new Unmet(expected, got);
}
