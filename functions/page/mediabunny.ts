/**
 * What is used of mediabunny (MPL-2.0), which reads containers and drives the browser's decoders.
 *
 * The build makes a file of its own of this one, `/mediabunny.js`, with the library's licence notice and nothing of ours in it
 * (offline/local-worker/page.ts). Formats of sound only, and HLS, are left out.
 */
export {
  BlobSource,
  CanvasSink,
  Input,
  type InputVideoTrack,
  MATROSKA,
  MP4,
  MPEG_TS,
  QTFF,
  UnsupportedInputFormatError,
  WEBM,
} from 'mediabunny';
