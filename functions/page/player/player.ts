/**
 * A clip and its music on one clock: that of the sound.
 *
 * The music is a buffer that Web Audio plays to the sample, started where the picture is. From then on the picture follows: how far it is off
 * is looked at four times a second, and it runs a little faster or slower until it is not; the ear notices a jump, the eye does not
 * notice two percent. ITU-R BT.1359 has what is noticed at 45 to 125 ms. Fades and levels are the answer's.
 */
import { type Levels, type Music, piecesOf } from './music-plan.ts';
import { readPassage } from './passage.ts';
import { schedule } from './schedule.ts';

export interface PlayerState {
  isPlaying: boolean;
  isLoading: boolean;
  /** That plays, or would. */
  music?: Music;
}

export interface Player {
  /** The element that shows the clip. @param clipMs how long the clip is: what a browser recorded does not say it */
  show(video: HTMLVideoElement, clipMs: number): void;
  /** From the clip's start, or from where it is. @throws Error with a sentence when it cannot be played */
  play(music?: Music, fromSec?: number): Promise<void>;
  /** What plays from the next press on. */
  choose(music: Music): void;
  pause(): void;
  seek(sec: number): void;
  setLevels(levels: Levels): void;
  levels(): Levels;
  state(): PlayerState;
  subscribe(listener: () => void): () => void;
}

const LOOK_MS = 250;
/** Far more than a decoder's hiccup: it is quicker to jump. */
const JUMP_SEC = 0.3;
/** Nobody sees it, and most of what a clock is off is made up for within a second. */
const MOST_RATE = 0.08;
/** Of what it is off, so much is made up for in a second; with looks this often it does not swing. */
const HASTE = 1.5;
/** Between now and when the music begins, so that it begins whole. */
const AHEAD_SEC = 0.06;

export function createPlayer(): Player {
  let video: HTMLVideoElement | undefined;
  let clipSec = 0;
  let context: AudioContext | undefined;
  let clipGain: GainNode | undefined;
  let musicGain: GainNode | undefined;
  const wired = new WeakSet<HTMLVideoElement>();
  const levels: Levels = { clip: 1, music: 1 };
  let music: Music | undefined;
  let passage: { of: string; read: ReturnType<typeof readPassage> } | undefined;
  let sources: AudioBufferSourceNode[] = [];
  /** On the context's clock, when the clip's start was or would have been heard. */
  let zeroAt = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  let turn = 0;
  const state: PlayerState = { isPlaying: false, isLoading: false };
  const listeners = new Set<() => void>();

  function change(next: Partial<PlayerState>): void {
    Object.assign(state, next);
    for (const listener of listeners) listener();
  }

  /** Made at the first press: browsers let no page sound before. */
  function sounding(element: HTMLVideoElement): AudioContext {
    context ??= new AudioContext({ latencyHint: 'interactive' });
    clipGain ??= new GainNode(context, { gain: levels.clip });
    musicGain ??= new GainNode(context, { gain: levels.music });
    if (!wired.has(element)) {
      wired.add(element);
      context.createMediaElementSource(element).connect(clipGain).connect(context.destination);
      musicGain.connect(context.destination);
    }
    return context;
  }

  function hush(): void {
    for (const source of sources) {
      source.onended = null;
      source.stop();
      source.disconnect();
    }
    sources = [];
    clearInterval(timer);
  }

  function pause(): void {
    turn++;
    hush();
    video?.pause();
    if (video) video.playbackRate = 1;
    change({ isPlaying: false, isLoading: false });
  }

  function readOnce(of: Music, on: AudioContext): ReturnType<typeof readPassage> {
    const pieces = piecesOf(of, clipSec * 1000);
    const fromSec = of.startMs / 1000;
    const toSec = Math.max(...pieces.map((piece) => piece.fromSec + piece.lengthSec));
    const name = `${of.url} ${fromSec} ${toSec}`;
    if (passage?.of !== name) passage = { of: name, read: readPassage(on, of.url, fromSec, toSec) };
    return passage.read;
  }

  async function play(next = music, fromSec = 0): Promise<void> {
    const element = video;
    if (!element) return;
    pause();
    const mine = ++turn;
    music = next;
    change({ isLoading: true, music: next });
    const on = sounding(element);
    try {
      const resumed = on.resume();
      const read = next && (await readOnce(next, on));
      if (mine !== turn) return;
      element.currentTime = fromSec;
      await Promise.all([resumed, element.play()]);
      if (mine !== turn) return;
      const startAt = on.currentTime + AHEAD_SEC;
      const at = element.currentTime + AHEAD_SEC;
      zeroAt = startAt - at;
      if (next && read) sources = schedule(musicGain!, next, read, { at, startAt, clipSec });
      timer = setInterval(() => follow(on, element), LOOK_MS);
      change({ isPlaying: true, isLoading: false });
    } catch (cause) {
      if (mine !== turn || (cause as Error).name === 'AbortError') return;
      passage = undefined;
      pause();
      throw cause;
    }
  }

  /** The picture follows the sound; when the clip is over both begin again. */
  function follow(on: AudioContext, element: HTMLVideoElement): void {
    if (element.ended || element.currentTime >= clipSec - 0.02) {
      void play(music, 0).catch(() => undefined);
      return;
    }
    if (element.seeking || element.paused) return;
    const off = element.currentTime - (on.currentTime - (on.outputLatency || 0) - zeroAt);
    if (Math.abs(off) > JUMP_SEC) {
      element.currentTime -= off;
      element.playbackRate = 1;
    } else element.playbackRate = 1 - Math.max(-MOST_RATE, Math.min(MOST_RATE, HASTE * off));
  }

  return {
    show(element, clipMs) {
      if (element !== video) pause();
      video = element;
      clipSec = clipMs / 1000;
    },
    play,
    choose(next) {
      music = next;
      change({ music: next });
    },
    pause,
    seek(sec) {
      if (state.isPlaying) void play(music, sec).catch(() => undefined);
      else if (video) video.currentTime = sec;
    },
    setLevels(next) {
      Object.assign(levels, next);
      if (!context) return;
      clipGain?.gain.setTargetAtTime(next.clip, context.currentTime, 0.02);
      musicGain?.gain.setTargetAtTime(next.music, context.currentTime, 0.02);
    },
    levels: () => ({ ...levels }),
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
