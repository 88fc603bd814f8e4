/**
 * A song as latent numbers: tempo, key, character, sections, and the mood of each of its moments.
 *
 * The composed world's sound and pictures are made from it, and the simulated world's tokens directly. Style tables are
 * styles.ts, the contours of sections form.ts; who uses a song, and when, is decided by the world it belongs to.
 */
import type { Random } from '../../lib/random.ts';
import { clamp, drawSections, energyAt, type SectionPlan, sectionAt } from './form.ts';
import type { Style } from './styles.ts';

/** What is audible all through a track, each in 0..1. */
export interface Character {
  /** Loudness of bass and kick. */
  weight: number;
  /** Loudness of hiss, cymbals and upper partials. */
  air: number;
  /** Distortion. */
  roughness: number;
}

export interface Song {
  bpm: number;
  /** Four beats. */
  barSec: number;
  /** Pitch class of the tonic, C = 0. */
  tonic: number;
  mode: 'major' | 'minor';
  character: Character;
  durationSec: number;
  sections: SectionPlan[];
}

/** Draws the sections of a song; `trackEnergy` in 0..1 raises or lowers all of them. */
export type DrawSections = (random: Random, barSec: number, trackEnergy: number) => SectionPlan[];

export function drawSong(random: Random, style: Style, draw: DrawSections = drawSections): Song {
  const bpm = Math.round(random.uniform(...style.bpm));
  const barSec = 240 / bpm;
  const trackEnergy = drawEnergy(random, style, bpm);
  const sections = draw(random.fork('form'), barSec, trackEnergy);
  return {
    bpm,
    barSec,
    tonic: random.integer(12),
    mode: random.uniform() < style.majorShare ? 'major' : 'minor',
    character: { weight: random.uniform(), air: random.uniform(), roughness: random.uniform() },
    durationSec: sections[sections.length - 1].endSec,
    sections,
  };
}

/** The faster of a style's tracks tend to be its louder ones. */
function drawEnergy(random: Random, style: Style, bpm: number): number {
  const [low, high] = style.bpm;
  return style.energy + 0.25 * ((bpm - low) / (high - low) - 0.5) + 0.1 * random.normal();
}

/** What a moment of a song feels like: energy, and the two axes of emotion, all in 0..1. */
export interface Mood {
  section: SectionPlan;
  energy: number;
  arousal: number;
  valence: number;
}

export function moodAt(song: Song, sec: number): Mood {
  const section = song.sections[sectionAt(song.sections, sec)];
  const energy = energyAt(section, song.barSec, sec);
  return { section, energy, arousal: arousalOf(song, section, energy), valence: valenceOf(song, section, energy) };
}

/** Tempo from 64 to 160 bpm as 0..1. */
export const tempoShare = (song: Song): number => clamp((song.bpm - 64) / 96);

function arousalOf(song: Song, section: SectionPlan, energy: number): number {
  return clamp(0.65 * energy + 0.2 * section.density + 0.2 * tempoShare(song) - 0.02);
}

function valenceOf(song: Song, section: SectionPlan, energy: number): number {
  const mode = song.mode === 'major' ? 0.75 : 0.25;
  return clamp(mode + 0.25 * (tempoShare(song) - 0.5) + 0.25 * (section.brightness - 0.5) + 0.1 * (energy - 0.5));
}
