// Charts are drawn on canvases: twice as fine as the screen at the least, so that they stay sharp when they are printed or
// magnified. The library reads this number when it is loaded.
{
    const screen = window.devicePixelRatio || 1;
    try {
        Object.defineProperty(window, "devicePixelRatio", {configurable: true, get: () => Math.max(2, screen)});
    } catch (e) {
        /* then as fine as the screen */
    }
}
