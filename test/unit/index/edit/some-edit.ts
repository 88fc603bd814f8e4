/** An edit with all that there is to write: NTSC's rate, a start between two frames, a loop or a duck where asked for. */
import type { Edit } from '../../../../index/edit/edit.ts';
import { ducksOf } from '../../../../index/moment/mix.ts';

export function someEdit(changed: { [K in keyof Edit]?: Partial<Edit[K]> } = {}): Edit {
  return {
    clip: {
      name: 'holiday & "sea".mp4',
      durationMs: 8008,
      rate: { frames: 30_000, seconds: 1001 },
      hasSound: true,
      size: { width: 1280, height: 720 },
      ...changed.clip,
    },
    moment: {
      startMs: 67_101,
      endMs: 75_109,
      fade: { inMs: 10, outMs: 645 },
      gainDb: -2.4,
      beats: { beatsMs: [0, 645, 1290, 1935, 2580], downbeatsMs: [0, 2580] },
      mix: { duck: ducksOf([[3000, 4500]], 8008), attackMs: 200, releaseMs: 500 },
      ...changed.moment,
    },
    track: {
      id: 'hollow-stairs-81b85c94bcb1',
      title: 'Hollow Stairs <live>',
      artist: 'Ada & Bo',
      artists: ['Ada', 'Bo'],
      album: 'Rooms, and "more"',
      licence: 'CC-BY-4.0',
      durationMs: 180_000,
      src: 'music/Hollow Stairs #1.ogg',
      instrumental: true,
      fields: { Composer: 'Ada Lovelace', ISRC: 'ZZ-A00-26-00001', Label: '=cmd()' },
      ...changed.track,
    },
  };
}

export const LOOP = { repeats: 3, lastEndMs: 69_109 } as const;
