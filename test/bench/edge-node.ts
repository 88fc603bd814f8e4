/** The Worker's path in Node: the same grounding over onnxruntime-node on one thread, without HTTP. */
import { groundInCatalogue } from '../../functions/ground.ts';
import type { OpenIndex } from '../../functions/grounding/open-index.ts';
import { type Clip, DEFAULT_OPTIONS } from '../../functions/grounding/options.ts';
import { STAGES, type Times } from './edge-requests.ts';

export async function answerInNode(index: OpenIndex, clip: Clip, k: number): Promise<Times> {
  const start = performance.now();
  const asked = { clip, options: { ...DEFAULT_OPTIONS, k }, now: () => performance.now() };
  const { times } = await groundInCatalogue(index, asked);
  const total = performance.now() - start;
  const stages = Object.fromEntries(STAGES.map((stage) => [stage, 0])) as Record<(typeof STAGES)[number], number>;
  Object.assign(stages, times);
  const rest = total - STAGES.reduce((sum, stage) => sum + stages[stage], 0);
  return { ...stages, rest, besides: total - stages.moment, total, http: total };
}
