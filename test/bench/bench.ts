/** `npm run bench -- NAME`: one benchmark, with what it is compared against in the same run. */
import { benchAbuse } from './abuse.ts';
import { benchAlign } from './align.ts';
import { benchBeats } from './beats.ts';
import { benchCuts } from './cuts.ts';
import { benchEdge } from './edge.ts';
import { benchEncode } from './encode.ts';
import { benchFuzz } from './fuzz.ts';
import { benchGround } from './ground.ts';
import { benchLearn } from './learn.ts';
import { benchPage } from './page.ts';
import { benchQueue } from './queue.ts';
import { benchRetrieval } from './retrieval.ts';
import { benchScale } from './scale.ts';
import { benchScaleBuild } from './scale-build.ts';
import { benchScaleD1 } from './scale-d1.ts';
import { benchScaleVectorize } from './scale-million.ts';
import { benchScaleTrain } from './scale-train.ts';
import { benchScaleVerify } from './scale-verify.ts';
import { benchShots } from './shots.ts';
import { benchSpeech } from './speech.ts';
import { benchTaps } from './taps.ts';
import { benchTaste } from './taste.ts';
import { benchTrain } from './train.ts';

const BENCHMARKS: Record<string, () => Promise<void>> = {
  abuse: benchAbuse,
  align: benchAlign,
  beats: benchBeats,
  cuts: benchCuts,
  edge: benchEdge,
  encode: benchEncode,
  fuzz: benchFuzz,
  learn: benchLearn,
  page: benchPage,
  queue: benchQueue,
  retrieval: benchRetrieval,
  scale: benchScale,
  'scale-build': benchScaleBuild,
  'scale-d1': benchScaleD1,
  'scale-train': benchScaleTrain,
  'scale-vectorize': benchScaleVectorize,
  'scale-verify': benchScaleVerify,
  shots: benchShots,
  speech: benchSpeech,
  taps: benchTaps,
  taste: benchTaste,
  train: benchTrain,
  ground: benchGround,
};

const run = BENCHMARKS[process.argv[2] ?? ''];
if (run) await run();
else {
  console.error(`bench: expected one of ${Object.keys(BENCHMARKS).join(', ')}, got ${process.argv[2] ?? 'nothing'}.`);
  process.exitCode = 1;
}
