// Moves the edge between two pictures of one place. Mouse, touch and keyboard are the range input's
// own; nothing is asked of any server, and nothing is remembered.
"use strict";

function beforeAfter(root) {
    for (const figure of root.querySelectorAll(".before-after")) {
        const slider = figure.querySelector("input");
        const told = slider.dataset.told;
        const show = () => {
            figure.style.setProperty("--at", `${slider.value}%`);
            slider.setAttribute("aria-valuetext", told.replace("%", slider.value));
        };
        slider.addEventListener("input", show);
        for (const picture of figure.querySelectorAll("img")) {
            const lose = () => figure.classList.add("has-lost");
            const fit = () => {
                // The frame takes the shape of the earlier picture; the other stands whole in it.
                if (!picture.naturalWidth) { lose(); return; }
                if (picture.closest(".before")) {
                    const shape = `${picture.naturalWidth} / ${picture.naturalHeight}`;
                    const frame = figure.querySelector(".pictures");
                    frame.style.aspectRatio = shape;
                    frame.style.maxWidth = `calc(var(--most-height, 70vh) * ${shape})`;
                }
            };
            picture.addEventListener("load", fit);
            picture.addEventListener("error", lose);
            if (picture.complete) { fit(); }
        }
        show();
    }
}
