/** The readers of a bundle on damaged files; `npm run bench -- fuzz` tries more. */
import { describe, expect, it } from 'vitest';
import { describeReply } from '../../fuzz/campaign.ts';
import { fuzzCases } from '../../fuzz/cases.ts';
import { bundleReaders, fuzzReader } from '../../fuzz/readers.ts';
import { buildNative } from './native-hnsw.ts';

const { seed, files } = fuzzCases(process.env.CUEPOINT_FUZZ);

const { bytes } = buildNative({ count: 40, dim: 6, m: 4, firstLabel: 0, deleted: (label) => label === 5 });

describe(`a reader of a damaged file (seed ${seed})`, () => {
  it.each(bundleReaders(bytes).map((reader) => [reader.name, reader] as const))(
    `refuses it in a sentence or stays within its bytes, in ${files} cases: %s`,
    async (_name, reader) => {
      const tally = await fuzzReader(reader, { cases: files, seed });
      console.log(`${reader.name}: ${describeReply(tally)}`);
      const { outcomes } = tally;
      expect(outcomes.opened).toBeGreaterThan(0);
      expect(outcomes.refused).toBeGreaterThan(0);
      expect(outcomes.opened + outcomes.refused).toBe(files);
    },
    30_000 + files,
  );
});
