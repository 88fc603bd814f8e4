/** Whether a graph of an index opens and has the inputs and outputs that functions/engine.ts asks for. */
import { InferenceSession } from 'onnxruntime-node';
import type { Manifest } from '../../index/format/manifest.ts';

/** What the engine knows, and what it wants; `others` in place of `outputs` where a network gives one of them. */
const NAMES: Readonly<Record<string, { inputs: string[]; outputs: string[]; others?: string[] }>> = {
  enhanceVideo: { inputs: ['frames', 'frame_mask'], outputs: ['frame_tokens', 'h_v', 'question'] },
  relevance: { inputs: ['h_v', 'h_0', 'pooled'], outputs: ['relevance'] },
  moment: {
    inputs: ['frame_tokens', 'frame_mask', 'segment_tokens', 'segment_mask', 'h_v'],
    outputs: ['span'],
    others: ['start_logits', 'start_offset'],
  },
};

/** @throws Error when onnxruntime cannot open it, when it asks for what the engine does not know, or when an output is missing */
export async function graphFault(role: string, bytes: Uint8Array, { tower }: Manifest): Promise<void> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const { inputNames, outputNames } = session;
  await session.release();
  const known = NAMES[role] ?? { inputs: [tower?.input ?? ''], outputs: [tower?.output ?? ''] };
  const { inputs, others } = known;
  const outputs = others?.some((name) => outputNames.includes(name)) ? others : known.outputs;
  const unknown = inputNames.find((name) => !inputs.includes(name));
  const missing = outputs.filter((name) => !outputNames.includes(name));
  if (unknown) throw new Error(`expected a graph of ${inputs.join(', ')}, got one that asks for "${unknown}"`);
  if (missing.length) throw new Error(`expected a graph with "${missing[0]}", got one without`);
}
