// Lets somebody draw rectangles on a picture with mouse or finger, and tells each, in pixels of
// the whole picture. Whoever uses the keyboard types the four numbers beside it.
"use strict";

function drawBoxes(root, facts, tell) {
    const [width, height] = facts.size;
    const frame = document.createElement("div");
    frame.className = "draw-boxes";
    const picture = new Image();
    picture.src = facts.src;
    picture.alt = facts.alt;
    picture.draggable = false;
    frame.append(picture);
    const lay = (box, name) => {
        const mark = document.createElement("div");
        mark.className = name;
        const [left, top, right, bottom] = box;
        mark.style.left = `${left / width * 100}%`;
        mark.style.top = `${top / height * 100}%`;
        mark.style.width = `${(right - left) / width * 100}%`;
        mark.style.height = `${(bottom - top) / height * 100}%`;
        frame.append(mark);
        return mark;
    };
    facts.boxes.forEach((box, place) => { lay(box, "box").textContent = place + 1; });
    let start = null;
    let drawn = null;
    const at = (event) => {
        const seen = frame.getBoundingClientRect();
        const within = (share) => Math.min(1, Math.max(0, share));
        return [
            Math.round(within((event.clientX - seen.left) / seen.width) * width),
            Math.round(within((event.clientY - seen.top) / seen.height) * height),
        ];
    };
    const between = (one, other) => [
        Math.min(one[0], other[0]), Math.min(one[1], other[1]),
        Math.max(one[0], other[0]), Math.max(one[1], other[1]),
    ];
    frame.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        frame.setPointerCapture(event.pointerId);
        start = at(event);
    });
    frame.addEventListener("pointermove", (event) => {
        if (!start) { return; }
        if (drawn) { drawn.remove(); }
        drawn = lay(between(start, at(event)), "box now");
    });
    const end = (event) => {
        if (!start) { return; }
        const box = between(start, at(event));
        start = null;
        if (box[2] - box[0] > 3 && box[3] - box[1] > 3) { tell(box); }
    };
    frame.addEventListener("pointerup", end);
    frame.addEventListener("pointercancel", () => { start = null; });
    root.replaceChildren(frame);
}
