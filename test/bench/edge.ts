/**
 * `npm run bench -- edge [part …] [preset=cuepoint]`: an answer at full size. The production bundle in workerd, on 4,000 tracks of MGSV-EC's lengths
 * (edge-index.ts), and the same path in Node over onnxruntime-node in the same run.
 *
 * Every request is another held-out clip, so that the shards it needs are as likely in memory as they are in use. A warm
 * figure is of a Worker that has answered some requests; a cold one the first of a fresh workerd.
 */
import { cpus, loadavg } from 'node:os';
import type { OpenIndex } from '../../functions/grounding/open-index.ts';
import { bytesOf, shardCount } from '../../index/format/shard-table.ts';
import { openIndexInNode } from '../../offline/local-worker/node-index.ts';
import { benchCold } from './edge-cold.ts';
import { benchFrames } from './edge-frames.ts';
import { type EdgeIndex, edgeIndex } from './edge-index.ts';
import { benchLoad, printMemory, printShards } from './edge-load.ts';
import { benchMemory } from './edge-memory.ts';
import { answerInNode } from './edge-node.ts';
import { benchPictures } from './edge-pictures.ts';
import { benchRecall } from './edge-recall.ts';
import { ask, tokensRequest } from './edge-requests.ts';
import { buildEdgeWorker, startEdgeWorker } from './edge-service.ts';
import { measure, printTable } from './edge-table.ts';

const PARTS = ['warm', 'load', 'memory', 'cold', 'frames', 'pictures', 'recall'] as const;
const K = [1, 5, 10];
const PRESET = 'preset=';

export async function benchEdge(): Promise<void> {
  const parts = process.argv.slice(3).filter((argument) => !argument.startsWith(PRESET));
  const preset = process.argv
    .slice(3)
    .find((argument) => argument.startsWith(PRESET))
    ?.slice(PRESET.length);
  const has = (part: (typeof PARTS)[number]): boolean => parts.length === 0 || parts.includes(part);
  await buildEdgeWorker();
  if (has('pictures')) await benchPictures();
  if (parts.length > 0 && parts.every((part) => part === 'pictures')) return; // it needs no large index
  const edge = await edgeIndex(preset ?? 'cuepoint');
  const index = await openIndexInNode(edge.folder, 1);
  printHead(index, edge);
  if (has('warm')) await benchWarm(index, edge);
  if (has('load')) await benchLoad(index, edge);
  if (has('memory')) await benchMemory(edge, index.manifest.encoders.image);
  if (has('cold')) await benchCold(edge, index.manifest.encoders.image);
  if (has('frames')) await benchFrames();
  if (has('recall')) await benchRecall(edge);
}

function printHead({ manifest }: OpenIndex, { clips }: EdgeIndex): void {
  const { counts, shards, encoders, model, precision } = manifest;
  const frames = clips.reduce((sum, { tokens }) => sum + tokens.length, 0) / clips.length / encoders.image.width;
  const bytes = bytesOf(shards.tokens);
  console.log(
    `${cpus().length} × ${cpus()[0].model}, Node ${process.version}, load ${loadavg()[0].toFixed(2)}; ${counts.tracks} tracks, ${counts.segments} segments, preset ${model.preset}, d ${model.width}, ${precision} graphs, ${(bytes / 2 ** 20).toFixed(1)} MiB of tokens in ${shardCount(shards.tokens)} shards; ${clips.length} clips of ${frames.toFixed(1)} frames`,
  );
}

async function benchWarm(index: OpenIndex, { folder, clips }: EdgeIndex): Promise<void> {
  const { name, width } = index.manifest.encoders.image;
  const worker = await startEdgeWorker(folder);
  try {
    console.log('\nWarm, from tokens (float16 bytes); Node: one thread, without HTTP');
    for (const k of K)
      printTable(`k = ${k}`, {
        workerd: await measure(clips, (clip) => ask(worker.url, tokensRequest(clip, name, width, k))),
        Node: await measure(clips, (clip) => answerInNode(index, clip, k)),
      });
    await printMemory(worker.url);
    await printShards(worker.url, index, clips);
  } finally {
    await worker.close();
  }
}
