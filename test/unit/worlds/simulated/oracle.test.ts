import { describe, expect, test } from 'vitest';
import { LATENT_WIDTH, latentOf } from '../../../../offline/worlds/simulated/latent.ts';
import { createGrid, logLikelihood, viewOf } from '../../../../offline/worlds/simulated/likelihood.ts';
import { show, VIDEO_NOISE } from '../../../../offline/worlds/simulated/perception.ts';
import { placesIn } from '../../../../offline/worlds/simulated/places.ts';
import { createSimulation, SIZES } from '../../../../offline/worlds/simulated/world.ts';

const world = createSimulation('oracle', SIZES.tiny);

describe('logLikelihood', () => {
  test('is the Gaussian of the noise, solved for frame by frame with its whole covariance', () => {
    const clip = world.clips.find(({ startSec, endSec }) => endSec - startSec > 12 && endSec - startSec < 20)!;
    const track = world.tracks[clip.track];
    const latent = latentOf(world.seed, track);
    const shown = show(world, clip);
    const view = viewOf(shown);
    const grid = createGrid(latent, track.song.durationSec);
    const shotOf = (f: number) => shown.shots.filter((first) => first <= f).length;
    const { whole, shot, token } = VIDEO_NOISE;
    const covariance = shown.frames.map((_, a) =>
      shown.frames.map((_, b) => whole ** 2 + (shotOf(a) === shotOf(b) ? shot ** 2 : 0) + (a === b ? token ** 2 : 0)),
    );
    const expected = (startSec: number): number => {
      let quadratic = 0;
      for (let i = 0; i < LATENT_WIDTH; i++) {
        const gaps = shown.frames.map((frame, f) => {
          const at = new Float64Array(LATENT_WIDTH);
          latent(startSec + f, at);
          return frame[i] - at[i];
        });
        const solved = solve(covariance, gaps);
        quadratic += gaps.reduce((sum, gap, f) => sum + gap * solved[f], 0);
      }
      return -quadratic / 2;
    };
    for (const startSec of [0, 0.25, 3.5, 7])
      expect(logLikelihood(view, grid, startSec)).toBeCloseTo(expected(startSec), 6);
  });
});

describe('placesIn', () => {
  const favoured = world.tracks.find(({ favourites }) => favourites.length > 1)!;
  const unfavoured = world.tracks.find(({ favourites }) => favourites.length === 0)!;

  test('probabilities sum to 1, with the log and without', () => {
    for (const track of [favoured, unfavoured])
      for (const log of [true, false])
        for (const clipSec of [5, 17.3, track.song.durationSec]) {
          const places = placesIn(track, log)(clipSec);
          expect(places.reduce((sum, { score }) => sum + Math.exp(score), 0)).toBeCloseTo(1, 9);
          for (const { startSec } of places) {
            expect(startSec).toBeGreaterThanOrEqual(0);
            expect(startSec + clipSec).toBeLessThanOrEqual(track.song.durationSec + 1e-9);
          }
        }
  });

  test('with the log, they are the favourites alone, or every bar line of a track without', () => {
    expect(placesIn(favoured, true)(6).map(({ startSec }) => startSec)).toEqual(
      favoured.favourites.map(({ startSec }) => startSec),
    );
    const { barSec, durationSec } = unfavoured.song;
    expect(placesIn(unfavoured, true)(6).length).toBe(Math.floor((durationSec - 6) / barSec) + 1);
  });

  test('a clip longer than the track has none', () => {
    expect(placesIn(favoured, false)(favoured.song.durationSec + 1)).toEqual([]);
  });
});

/** Gaussian elimination with the matrix as it is: it is positive definite. */
function solve(matrix: readonly number[][], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  rows.forEach((pivot, k) => {
    for (const row of rows.slice(k + 1)) {
      const times = row[k] / pivot[k];
      for (let j = k; j < row.length; j++) row[j] -= times * pivot[j];
    }
  });
  const out = new Array<number>(right.length).fill(0);
  for (let k = rows.length - 1; k >= 0; k--) {
    const known = out.reduce((sum, value, j) => (j > k ? sum + value * rows[k][j] : sum), 0);
    out[k] = (rows[k][rows.length] - known) / rows[k][k];
  }
  return out;
}
