/**
 * The clip that lies beside an index for who has none at hand: `sample/card.json` names it, and its file lies in the same folder. The demo
 * writes it (offline/demo/sample.ts), the Worker serves it.
 */

/** Relative to where the indexes lie, as are paths of index/format/pointer.ts. */
export const SAMPLE_CARD = 'sample/card.json';

export interface Sample {
  /** As it is shown. */
  name: string;
  path: string;
  bytes: number;
  /** Media type. */
  type: string;
}

export function writeSample(sample: Sample): string {
  return `${JSON.stringify(sample)}\n`;
}

/** @returns undefined where the text is no card: then there is no sample to try */
export function readSample(text: string): Sample | undefined {
  let value: Partial<Sample> | null;
  try {
    value = JSON.parse(text) as Partial<Sample> | null;
  } catch {
    return undefined;
  }
  const { name, path, bytes, type } = value ?? {};
  const isWhole =
    typeof name === 'string' &&
    typeof type === 'string' &&
    Number.isInteger(bytes) &&
    /^sample\/[\w.-]+$/.test(path ?? '');
  return isWhole ? (value as Sample) : undefined;
}
