/**
 * What is used of mediabunny (MPL-2.0), which reads containers and drives the browser's decoders.
 *
 * The build makes a file of its own of this one, `/mediabunny.js`, with the library's licence notice and nothing of ours in it
 * (offline/local-worker/page.ts). What writes files is in export/video-worker.ts. HLS is left out.
 */
export {
  AudioBufferSink,
  BlobSource,
  CanvasSink,
  FLAC,
  Input,
  type InputVideoTrack,
  MATROSKA,
  MP3,
  MP4,
  MPEG_TS,
  OGG,
  QTFF,
  UnsupportedInputFormatError,
  UrlSource,
  WAVE,
  WEBM,
} from 'mediabunny';
