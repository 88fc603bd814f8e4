/**
 * From what a moment of a track sounds like to how it looks: the correspondence that the demo's model learns.
 *
 * Palmer, Schloss, Xu and Prado-León ("Music-color associations are mediated by emotion", PNAS 2013): faster music in the
 * major goes with colours that are more saturated, lighter and yellower, slower music in the minor with darker, desaturated,
 * bluer ones, by way of how happy or sad, strong or weak both are felt to be. Higher pitch goes with lighter (Marks 1974).
 * Louder goes with more motion and contrast. Colours are mixed in OKLab (Ottosson 2020). Textures are textures.ts.
 */
import { clamp } from './form.ts';
import { moodAt, type Song, tempoShare } from './song.ts';

export interface Look {
  /** OKLab of the middle of the palette. */
  lightness: number;
  a: number;
  b: number;
  /** Half the distance in lightness between the palette's dark and light ends. */
  contrast: number;
  /** Periods the texture moves in a second, below half of one: beyond, 1 fps could not show the speed. */
  speed: number;
  /** Periods of the texture across the picture. */
  detail: number;
  /** Steepness of the texture's edges, 0 soft to 1 hard. */
  hardness: number;
  /** Darkening towards the bottom and brightening towards the top, in lightness. */
  ground: number;
  sky: number;
}

/** Where the four moods lie in OKLab's a and b: happy yellow-orange, angry red, sad blue, calm green. */
const MOODS = {
  happy: hueVector(80),
  angry: hueVector(28),
  sad: hueVector(262),
  calm: hueVector(165),
};

/** The look that fits a track at `sec`, without any clip's own noise. */
export function lookAt(track: Song, sec: number): Look {
  const { section, energy, arousal, valence } = moodAt(track, sec);

  const weights = {
    happy: valence * arousal,
    angry: (1 - valence) * arousal,
    sad: (1 - valence) * (1 - arousal),
    calm: valence * (1 - arousal),
  };
  let [a, b] = [0, 0];
  for (const mood of ['happy', 'angry', 'sad', 'calm'] as const) {
    a += weights[mood] * MOODS[mood][0];
    b += weights[mood] * MOODS[mood][1];
  }
  // Rough tracks lean to red-purple and airy ones to green-blue: what distinguishes tracks of equal mood.
  const tilt = 0.6 * (track.character.roughness - track.character.air);
  const chroma = 0.04 + 0.2 * arousal;
  return {
    lightness: 0.24 + 0.16 * valence + 0.28 * section.register + 0.12 * energy,
    a: chroma * (a * Math.cos(tilt) + b * Math.sin(tilt)),
    b: chroma * (b * Math.cos(tilt) - a * Math.sin(tilt)),
    contrast: 0.05 + 0.2 * energy + 0.06 * track.character.roughness,
    speed: 0.02 + 0.4 * arousal * (0.6 + 0.4 * tempoShare(track)),
    detail: 3 + 9 * section.density,
    hardness: clamp(0.65 * track.character.roughness + 0.35 * section.brightness),
    ground: 0.3 * track.character.weight,
    sky: 0.25 * track.character.air,
  };
}

function hueVector(degrees: number): [number, number] {
  return [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
}

/** sRGB bytes of an OKLab colour; what lies outside the gamut is clipped per channel. */
export function oklabToRgb(lightness: number, a: number, b: number): [number, number, number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** Linear light to an sRGB byte (IEC 61966-2-1). */
function gamma(linear: number): number {
  const value = clamp(linear);
  return Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
}
