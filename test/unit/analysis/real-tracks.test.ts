import { describe, expect, test } from 'vitest';
import { analyseMono } from '../../bench/analyse-mono.ts';
import { CHANGES, changed, heardOf, stability, taps } from '../../bench/real-tracks.ts';
import { fAtAnyLevel } from '../../bench/taps.ts';
import { sharedMissing } from '../media/shared.ts';

// All twelve, with more changes and with others to compare: npm run bench -- beats.
const TRACKS = ['supertux-fortress.ogg', 'wesnoth-main_menu.ogg', 'hyperrogue-hr-savino-palace.ogg'];

describe.skipIf(sharedMissing)('the beats of real tracks (needs ../shared/media)', () => {
  test.each(TRACKS)(
    'of %s are where others hear them, and stay there when it is cut, quieter or faster',
    async (name) => {
      const samples = await heardOf(name);
      const { beats } = analyseMono(samples);
      expect(fAtAnyLevel([...beats], taps().find((one) => one.name === name)!.beats)).toBeGreaterThan(0.85);
      for (const change of CHANGES.filter((one) => ['cut 7.3 s, -6 dB', '-20 dB', 'speed 1.06'].includes(one.name))) {
        const { beats: found } = analyseMono(changed(samples, change));
        expect(stability(beats, found, change), change.name).toBeGreaterThan(0.93);
      }
    },
  );
});
