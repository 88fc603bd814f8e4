/** What the page plays, as samples: the clip's own sound and its music at the levels that were set, to the clip's very length. */

import { clipSound } from '../player/clip-sound.ts';
import type { Levels, Music } from '../player/music-plan.ts';
import { piecesOf } from '../player/music-plan.ts';
import { readPassage } from '../player/passage.ts';
import { schedule } from '../player/schedule.ts';

export const SAMPLE_RATE = 48_000;
/** Coders overshoot a little: streaming services ask for a decibel of room (AES TD1008). */
const HIGHEST = 10 ** (-1 / 20);

export interface SoundOrder {
  file: File;
  clipMs: number;
  music: Music;
  levels: Levels;
}

/** Stereo. Where both together would clip, all of it is turned down alike. */
export async function renderSound({ file, clipMs, music, levels }: SoundOrder): Promise<AudioBuffer> {
  const clipSec = clipMs / 1000;
  const on = new OfflineAudioContext(2, Math.max(1, Math.round(clipSec * SAMPLE_RATE)), SAMPLE_RATE);
  const pieces = piecesOf(music, clipMs);
  const toSec = Math.max(...pieces.map((piece) => piece.fromSec + piece.lengthSec));
  const passage = await readPassage(on, music.url, music.startMs / 1000, toSec);
  const musicGain = new GainNode(on, { gain: levels.music });
  musicGain.connect(on.destination);
  schedule(musicGain, music, passage, { at: 0, startAt: 0, clipSec });
  const own = levels.clip > 0 ? await clipSound(file, clipMs) : undefined; // a fault is told: a video without its own sound would pass for whole
  if (own) {
    const source = new AudioBufferSourceNode(on, { buffer: own.buffer });
    source.connect(new GainNode(on, { gain: levels.clip })).connect(on.destination);
    source.start();
  }
  return belowHighest(await on.startRendering());
}

function belowHighest(sound: AudioBuffer): AudioBuffer {
  const channels = Array.from({ length: sound.numberOfChannels }, (_, channel) => sound.getChannelData(channel));
  let peak = 0;
  for (const samples of channels) for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  if (peak > HIGHEST)
    for (const samples of channels) for (let i = 0; i < samples.length; i++) samples[i] *= HIGHEST / peak;
  return sound;
}
