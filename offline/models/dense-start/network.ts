/** The network in a graph: as it is trained and asked, and its parameters. The network itself is dense-start.ts. */
import { type Layout, recordLayout } from '../../nn/parameters.ts';
import { matchingLosses } from '../grounding/matching-losses.ts';
import { builderOf, type GroundingNetwork } from '../grounding/network.ts';
import { tokenInputs } from '../pair-inputs.ts';
import { checkConfig, type DenseStartConfig } from './config.ts';
import { type DenseGrounding, forward } from './dense-start.ts';
import { startLosses } from './losses.ts';

/** The network as networks that ground are trained and asked. */
export function denseStartNetwork(config: DenseStartConfig): GroundingNetwork<DenseGrounding> {
  const { ffn, width, maxFrames, maxSegments } = config;
  return {
    config,
    forward: (b, inputs) => forward({ ...b, config }, inputs),
    matchingLosses: (_, { matching, logScale }, targets) =>
      matchingLosses(matching, logScale, targets, config.loss.attention),
    moments(b, pairs) {
      const grounding = forward({ ...b, config }, pairs);
      return { grounding, losses: startLosses(config, grounding.starts!, pairs) };
    },
    dropoutColumns: Math.max(ffn, width, maxFrames + maxSegments),
  };
}

/**
 * Which parameters there are, in the order of use.
 * @throws Error when values of the config are out of range or do not go together
 */
export function layoutOf(config: DenseStartConfig): Layout {
  checkConfig(config);
  return recordLayout((graph, parameters) => {
    denseStartNetwork(config).forward(builderOf(graph, parameters), tokenInputs(graph, config, 'padded'));
  });
}
