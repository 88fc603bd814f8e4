/** Signals whose properties are known by construction. */

export function sine(hz: number, seconds: number, rate: number, amplitude = 1): Float32Array {
  return Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rate),
  );
}

/** The sum of sines, each with three partials that fall off, so that there is something to hear a pitch by. */
export function chord(pitches: readonly number[], seconds: number, rate: number): Float32Array {
  const out = new Float32Array(Math.round(seconds * rate));
  for (const pitch of pitches)
    for (let partial = 1; partial <= 3; partial++) {
      const tone = sine(440 * 2 ** ((pitch - 69) / 12) * partial, seconds, rate, 0.1 / partial);
      for (let i = 0; i < out.length; i++) out[i] += tone[i];
    }
  return out;
}

/** Short bursts of a 1 kHz tone, `bpm` of them a minute. */
export function clicks(bpm: number, seconds: number, rate: number): Float32Array {
  const out = new Float32Array(Math.round(seconds * rate));
  for (let beat = 0; beat * (60 / bpm) < seconds; beat++) {
    const at = Math.round((beat * 60 * rate) / bpm);
    for (let i = 0; i < 200 && at + i < out.length; i++)
      out[at + i] = Math.exp(-i / 40) * Math.sin((2 * Math.PI * 1000 * i) / rate);
  }
  return out;
}

export function concatenate(...parts: Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function peak(samples: Float32Array): number {
  let highest = 0;
  for (const value of samples) highest = Math.max(highest, Math.abs(value));
  return highest;
}
