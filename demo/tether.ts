/** Preloaded into a child (`node --import`): when the channel to the demo closes, as it does when the demo dies, the child ends in order. */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The channel alone must not keep the child from ending.
process.channel?.unref();
