import { bucketSpelling } from "./bucket-spelling.js";
import { cachedSamples } from "./cached-samples.js";
import { clockSkew } from "./clock-skew.js";
import { cohortMoves } from "./cohort-moves.js";
import { cordonedNode } from "./cordoned-node.js";
import { counterReset } from "./counter-reset.js";
import { emptyPodLabel } from "./empty-pod-label.js";
import { exportedLabels } from "./exported-labels.js";
import { exporterAsHolder } from "./exporter-as-holder.js";
import { exporterGone } from "./exporter-gone.js";
import { exporterPodAsHostname } from "./exporter-pod-as-hostname.js";
import type { Fault } from "./fault.js";
import { federatedTwice } from "./federated-twice.js";
import { finishedPodsKept } from "./finished-pods-kept.js";
import { flavorOverTwoNodegroups } from "./flavor-over-two-nodegroups.js";
import { gpuLost } from "./gpu-lost.js";
import { gpusWithoutPods } from "./gpus-without-pods.js";
import { hostnameLowerCase } from "./hostname-lower-case.js";
import { inactiveQueue } from "./inactive-queue.js";
import { kubeStateReplicas } from "./kube-state-replicas.js";
import { kueueReplicas } from "./kueue-replicas.js";
import { kueueRestart } from "./kueue-restart.js";
import { lingeringPodSeries } from "./lingering-pod-series.js";
import { mig } from "./mig.js";
import { missingNodeLabels } from "./missing-node-labels.js";
import { nanAndInfinity } from "./nan-and-infinity.js";
import { newDcgmNames } from "./new-dcgm-names.js";
import { pendingGpusAbsent } from "./pending-gpus-absent.js";
import { percentHoldsRatio } from "./percent-holds-ratio.js";
import { phaseMissing } from "./phase-missing.js";
import { podsWaitingOutsideKueue } from "./pods-waiting-outside-kueue.js";
import { profilingPaused } from "./profiling-paused.js";
import { queueLabelLost } from "./queue-label-lost.js";
import { quotaBeyondGpus } from "./quota-beyond-gpus.js";
import { quotaMetricsOff } from "./quota-metrics-off.js";
import { ratioHoldsPercent } from "./ratio-holds-percent.js";
import { renamedNode } from "./renamed-node.js";
import { replacedNode } from "./replaced-node.js";
import { resourceSpelling } from "./resource-spelling.js";
import { scrapeGap } from "./scrape-gap.js";
import { slowKubeState } from "./slow-kube-state.js";
import { staleKueueReplica } from "./stale-kueue-replica.js";
import { timeSlicing } from "./time-slicing.js";
import { twoClusters } from "./two-clusters.js";
import { twoNodegroupLabels } from "./two-nodegroup-labels.js";
import { twoPrometheuses } from "./two-prometheuses.js";

/** Every fault, in the order of the failure modes that they show. To add one: a file beside this one, and a line here. */
export const faults: readonly Fault[] = [
  missingNodeLabels,
  kubeStateReplicas,
  twoNodegroupLabels,
  kueueReplicas,
  staleKueueReplica,
  resourceSpelling,
  hostnameLowerCase,
  newDcgmNames,
  ratioHoldsPercent,
  percentHoldsRatio,
  exporterPodAsHostname,
  exportedLabels,
  exporterAsHolder,
  gpusWithoutPods,
  emptyPodLabel,
  lingeringPodSeries,
  mig,
  timeSlicing,
  profilingPaused,
  cachedSamples,
  scrapeGap,
  exporterGone,
  kueueRestart,
  counterReset,
  bucketSpelling,
  nanAndInfinity,
  clockSkew,
  renamedNode,
  replacedNode,
  finishedPodsKept,
  phaseMissing,
  podsWaitingOutsideKueue,
  queueLabelLost,
  quotaMetricsOff,
  pendingGpusAbsent,
  quotaBeyondGpus,
  flavorOverTwoNodegroups,
  cohortMoves,
  cordonedNode,
  gpuLost,
  slowKubeState,
  twoPrometheuses,
  federatedTwice,
  twoClusters,
  inactiveQueue,
];
