/** One case of the grounding benchmark in a process of its own, whose allocator is set when it starts: prints one line of JSON. */
import { createRandom } from '../../offline/lib/random.ts';
import { cuepoint } from '../../offline/models/dense-start/config.ts';
import { layoutOf as denseStartLayout, denseStartNetwork } from '../../offline/models/dense-start/network.ts';
import { openGrounder } from '../../offline/models/grounding/grounder.ts';
import { layoutOf as madeLayout, madeNetwork } from '../../offline/models/made/network.ts';
import { initialValues } from '../../offline/nn/parameters.ts';
import { fullMade } from '../fixtures/made-configs.ts';
import { pairsOfLikeLengths } from './lengths.ts';

const ROUNDS = 3;
export const PAIRS = 512;
export const STAGES = ['enhancement', 'matching', 'detection'] as const;
export type Times = Record<(typeof STAGES)[number], { cpuSec: number; sec: number }>;

export interface GroundCase {
  network: 'MaDe' | 'cuepoint';
  precision: 'fp32' | 'int8';
  threads: number;
}

const NETWORKS = {
  MaDe: () => ({ network: madeNetwork(fullMade), layout: madeLayout(fullMade) }),
  cuepoint: () => ({ network: denseStartNetwork(cuepoint), layout: denseStartLayout(cuepoint) }),
};

/** The median round, by CPU time. */
async function measure({ network: name, precision, threads }: GroundCase): Promise<Times> {
  const { network, layout } = NETWORKS[name]();
  const theta = initialValues(layout, createRandom('bench'));
  const model = await openGrounder(network, layout, theta, { threads, fixed: true, precision });
  const pairs = pairsOfLikeLengths(PAIRS, network.config);
  const [frames, segments] = [pairs.map((pair) => pair.frames), pairs.map((pair) => pair.segments)];
  const own = pairs.map((_, i) => [i, i] as const);
  const rounds: Times[] = [];
  for (let i = 0; i <= ROUNDS; i++) {
    const times = {} as Times;
    const enhanced = await timed(times, 'enhancement', async () => ({
      video: await model.clips(frames),
      music: await model.tracks(segments),
    }));
    await timed(times, 'matching', () => model.relevance(enhanced.video, enhanced.music));
    await timed(times, 'detection', () => model.moments(enhanced.video, enhanced.music, own));
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

export const cpuOf = (times: Times) => STAGES.reduce((sum, stage) => sum + times[stage].cpuSec, 0);

if (import.meta.main) console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]) as GroundCase)));
