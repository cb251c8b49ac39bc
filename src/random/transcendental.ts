/**
 * The one door to floating-point functions whose last bit may differ between processors or engines. Everything that
 * ends in a dataset goes through here, so that a change of engine can be met in one place. Node's are a port of
 * fdlibm, the same on every platform, except `Math.pow`, which is left out for that reason.
 */
export const { exp, log, cos, sin, sqrt } = Math;
