/** How the stores of the speed bench cut time. */

export const CUTTING = { slotSeconds: 60, sealDelaySeconds: 60, horizonSeconds: 60 } as const;
