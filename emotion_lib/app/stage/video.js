export function mount(panel, stage) {}
