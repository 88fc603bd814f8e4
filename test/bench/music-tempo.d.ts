declare module 'music-tempo' {
  /** Beatroot (Dixon 2001) on 44.1 kHz mono. Throws where it finds no tempo. */
  export default class MusicTempo {
    constructor(samples: Float32Array | number[]);
    tempo: number | string;
    /** Seconds. */
    beats: number[];
  }
}
