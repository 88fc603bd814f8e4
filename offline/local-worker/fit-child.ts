/**
 * The process in which a bundle's graphs are opened and run as the Worker does it: started by fit.ts. onnxruntime-web's
 * memory is of the same size here, grows by the same steps and runs out at the same place, and is gone with the process.
 */
import { readFile } from 'node:fs/promises';
import { createEngine, isOptimised, OPENING_ORDER } from '../../functions/engine.ts';
import { createUnsharedOrt, MAX_PAGES, type Session, tensor } from '../../functions/runtime/unshared-ort.ts';
import { answer } from '../lib/child-process.ts';
import { webAssembly } from '../lib/webassembly.ts';
import type { Found, LargestRequest, Question } from './fit-question.ts';

const TIMED_RUNS = 5;

answer<Question, Found>(async ({ wasm, graphs, tower: towerPath, input, output, inputShape, request }) => {
  const ort = createUnsharedOrt(new webAssembly.Module(await readFile(wasm)), MAX_PAGES);
  let doing = '';
  try {
    const sessions: Session[] = []; // all stay open, as in the Worker
    for (const [i, path] of graphs.entries()) {
      doing = `opening graph ${i + 1} of ${graphs.length}`;
      sessions.push(await ort.openSession(await readFile(path), isOptimised(OPENING_ORDER[i])));
    }
    doing = 'opening the tower';
    const tower = await ort.openSession(await readFile(towerPath));
    doing = 'running the tower';
    const shape = [1, ...inputShape];
    const times: number[] = [];
    for (let i = 0; i <= TIMED_RUNS; i++) {
      const start = performance.now();
      await tower.run({ [input]: tensor(ramp(shape), shape) }, [output]);
      if (i > 0) times.push(performance.now() - start); // the first run makes room
    }
    doing = 'answering the largest request';
    if (request) await answerRequest(sessions, request);
    return { heapBytes: ort.heapBytes(), msPerRun: times.sort((a, b) => a - b)[TIMED_RUNS >> 1] };
  } catch (error) {
    // What C++ throws reaches us as a number: the address of an exception that only the memory knows.
    const said = error instanceof Error ? error.message : `exception ${String(error)}`;
    return { heapBytes: ort.heapBytes(), failed: { doing, error: said } };
  }
});

async function answerRequest([moment, enhanceVideo, relevance]: Session[], request: LargestRequest): Promise<void> {
  const { frames, frameWidth, segments, candidates } = request;
  const engine = createEngine({ enhanceVideo, relevance, moment }, tensor);
  const { frameTokens, h } = await engine.enhanceVideo(ramp([frames, frameWidth]), frames);
  const rows = ramp([candidates, h.length]);
  await engine.relevance(h, rows, rows);
  await engine.moment(h, frameTokens, ramp([segments, h.length]));
}

/** From -1 to 1, again and again. */
function ramp(shape: readonly number[]): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length: count }, (_, i) => (i % 255) / 127 - 1);
}
