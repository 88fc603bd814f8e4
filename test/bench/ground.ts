/**
 * How long grounding takes at full size, as in the paper's Table 8: 512 clips and 512 tracks, tokens given; every clip against
 * every track in matching, 512 pairs in detection. In CPU seconds, since the figure it is compared with is.
 */
import { cpus } from 'node:os';
import { createRandom } from '../../offline/lib/random.ts';
import { openMade } from '../../offline/models/made/grounder.ts';
import { layoutOf } from '../../offline/models/made/network.ts';
import { initialValues } from '../../offline/nn/parameters.ts';
import { fullMade } from '../fixtures/made-configs.ts';
import { pairsOfLikeLengths } from './lengths.ts';
import { sgemmRate } from './sgemm.ts';

const PAIRS = 512;
const ROUNDS = 3;
/** The reference implementation, padded, PyTorch and OpenBLAS, on a machine of this kind. Measured elsewhere. */
const REFERENCE_CPU_SEC = 17;
const STAGES = ['enhancement', 'matching', 'detection'] as const;
type Times = Record<(typeof STAGES)[number], { cpuSec: number; sec: number }>;

export async function benchGround(): Promise<void> {
  console.log(
    `${cpus().length} × ${cpus()[0].model}, Node ${process.version}; MaDe (d 256), ${PAIRS} pairs, MGSV-EC's lengths`,
  );
  console.log(`sgemm of onnxruntime: ${(await sgemmRate(1)).toFixed(0)} GFLOP/s on one thread`);
  console.log(`${'CPU seconds (seconds)'.padEnd(24)}${[...STAGES, 'total'].map((name) => name.padStart(16)).join('')}`);
  for (const threads of [1, 2])
    for (const precision of ['fp32', 'int8'] as const)
      row(`${precision}, ${threads} thread${threads > 1 ? 's' : ''}`, await measure(precision, threads));
  console.log(`The reference needs about ${REFERENCE_CPU_SEC} CPU seconds (padded, PyTorch; not measured here).`);
}

async function measure(precision: 'fp32' | 'int8', threads: number): Promise<Times> {
  const layout = layoutOf(fullMade);
  const theta = initialValues(layout, createRandom('bench'));
  const model = await openMade(fullMade, layout, theta, { threads, fixed: true, precision });
  const pairs = pairsOfLikeLengths(PAIRS, fullMade);
  const [frames, segments] = [pairs.map((pair) => pair.frames), pairs.map((pair) => pair.segments)];
  const rounds: Times[] = [];
  for (let i = 0; i <= ROUNDS; i++) {
    const times = {} as Times;
    const enhanced = await timed(times, 'enhancement', async () => ({
      video: await model.clips(frames),
      music: await model.tracks(segments),
    }));
    await timed(times, 'matching', () => model.relevance(enhanced.video, enhanced.music));
    await timed(times, 'detection', () =>
      model.moments(
        enhanced.video,
        enhanced.music,
        frames.map((_, i) => [i, i] as const),
      ),
    );
    if (i) rounds.push(times); // the first call of a size makes its memory
  }
  await model.close();
  return rounds.sort((a, b) => cpuOf(a) - cpuOf(b))[Math.floor(ROUNDS / 2)];
}

async function timed<T>(times: Times, stage: keyof Times, run: () => Promise<T>): Promise<T> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  times[stage] = { cpuSec: (user + system) / 1e6, sec: (performance.now() - start) / 1000 };
  return result;
}

const cpuOf = (times: Times) => STAGES.reduce((sum, stage) => sum + times[stage].cpuSec, 0);

function row(name: string, times: Times): void {
  const total = { cpuSec: cpuOf(times), sec: STAGES.reduce((sum, stage) => sum + times[stage].sec, 0) };
  const cell = ({ cpuSec, sec }: Times['matching']) => `${cpuSec.toFixed(2)} (${sec.toFixed(2)})`.padStart(16);
  console.log(
    `${name.padEnd(24)}${[...STAGES.map((stage) => times[stage]), total].map(cell).join('')}   1/${(REFERENCE_CPU_SEC / total.cpuSec).toFixed(1)} of the reference`,
  );
}
