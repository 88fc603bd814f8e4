/**
 * The parameters of the rule that weighs cues against the model, for an index with a log and held-out clips: the clips are asked
 * about the tracks that were used with them, as the Worker would, and the rule is fitted to where editors really started.
 */
import { createEngine, GRAPHS } from '../../functions/engine.ts';
import { attend } from '../../functions/grounding/attention-pool.ts';
import { predictedSpan } from '../../functions/grounding/predicted.ts';
import { dequantiseTokens, withMoments } from '../../index/format/token-shard.ts';
import { type FittedRule, fitRule } from '../cues/fit.ts';
import { type AskedUse, fitRows } from '../cues/fit-rows.ts';
import { type KnownTrack, matchTracks } from '../cues/match.ts';
import { readUses, useOfAnnotation } from '../cues/uses.ts';
import { standardised } from '../data/batch.ts';
import type { Graphs } from '../export/graphs.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { openAll } from '../nn/open-all.ts';
import { openSession, type Values } from '../nn/session.ts';
import type { TokenList } from './arranged-tracks.ts';
import type { HeldOut } from './queries.ts';

export interface FitCuesOptions {
  log: string;
  heldOut: HeldOut;
  checkpoint: Checkpoint;
  graphs: Graphs;
  /** Gone through twice. */
  catalogue: Iterable<KnownTrack>;
  /** Of each track of the catalogue. */
  tokens: TokenList;
}

/** Held-out clips whose track the index has not say nothing; without any, the documented parameters come back. */
export async function fitCues(options: FitCuesOptions): Promise<FittedRule> {
  const { heldOut, checkpoint, graphs, catalogue, tokens } = options;
  const { config, encoders } = checkpoint;
  const sessions = await openAll(
    GRAPHS,
    (graph) => openSession(graphs[graph], { name: graph, threads: 1 }),
    (session) => session.close(),
  );
  try {
    const engine = createEngine<Values>(sessions, (data, shape) => ({ data, shape }));
    const uses = heldOut.rows.map((row) => useOfAnnotation(row));
    const { labelOf, durationMsOf } = matchTracks(uses, catalogue);
    const asked: AskedUse[] = [];
    for (const use of uses) {
      const label = labelOf.get(use.trackId);
      if (label === undefined) continue;
      const clip = standardised(heldOut.data.videos.get(use.clipId)!, encoders.image, config.maxFrames);
      const track = withMoments(tokens.at(label));
      const { h, frameTokens, question } = await engine.enhanceVideo(clip.data, clip.count);
      const found = await engine.moment(h, frameTokens, dequantiseTokens(track));
      asked.push({
        ...use,
        predicted: predictedSpan(found, { ...config, clipMs: use.clipMs, trackMs: durationMsOf.get(label)! }),
        curve: attend(question, [track]).weights[0],
      });
    }
    return fitRule(fitRows(asked, await readUses(options.log), catalogue, config.strideSec));
  } finally {
    for (const session of Object.values(sessions)) await session.close();
  }
}
