/** The network with a dense start head as the Worker runs it. The host finds the peaks (index/moment/starts.ts). */
import { servingOf } from '../grounding/serving.ts';
import { denseStartNetwork } from './network.ts';

/** What the graph `moment` gives: start_logits and start_offset [B, S], the latter in segments. */
export const denseStartServing = servingOf({
  network: denseStartNetwork,
  found: ({ starts }) => ({ start_logits: starts!.logits, start_offset: starts!.offset }),
  inBytes: ['moment'],
});
