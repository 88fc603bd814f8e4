/** A process of its own for the order of many tracks: the memory that it needs is given back when it ends. */
import { answer } from '../lib/child-process.ts';
import { type ArrangeTask, arrangeVectors } from './arrange-vectors.ts';

/** Tracks that are told at once: they are placed a few at a time. */
const TOLD = 4096;

answer<ArrangeTask, true>(async (task, onDone) => {
  let placed = 0;
  await arrangeVectors(task, (tracks) => {
    placed += tracks;
    if (placed < TOLD) return;
    onDone(placed);
    placed = 0;
  });
  onDone(placed);
  return true;
});
