/** The analysis of a mono signal as the encoder makes it of a file. */
import { type Analysis, createAnalyser } from '../../offline/analysis/analyser.ts';

/** @param mono 16 kHz */
export function analyseMono(mono: Float32Array): Analysis {
  const analyser = createAnalyser();
  analyser.pushChannels([mono], 16000);
  analyser.pushMono(mono);
  return analyser.finish();
}
