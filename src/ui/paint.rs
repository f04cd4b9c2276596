//! Everything that moves, drawn on one canvas over the still parts of the stage.

use wasm_bindgen::JsCast as _;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::browser;
use crate::view::{Mark, Path, Point, Shape, Tint};

/// A canvas, and the colours of the theme.
pub struct Painter {
    context: CanvasRenderingContext2d,
    canvas: HtmlCanvasElement,
    colours: [String; Tint::ALL.len()],
    size: (f64, f64),
}

impl Painter {
    /// Paints on the canvas with this id, if it is there.
    pub fn new(id: &str) -> Option<Self> {
        let canvas: HtmlCanvasElement = browser::by_id(id)?.dyn_into().ok()?;
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let colours = Tint::ALL.map(|tint| browser::style_property(tint.property()));
        Some(Self { context, canvas, colours, size: (0.0, 0.0) })
    }

    /// Fits the canvas to the stage, at the resolution of the screen.
    pub fn resize(&mut self, width: f64, height: f64) {
        let ratio = browser::window().device_pixel_ratio().clamp(1.0, 3.0);
        self.canvas.set_width((width * ratio) as u32);
        self.canvas.set_height((height * ratio) as u32);
        let _ = self.context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
        self.size = (width, height);
    }

    /// An empty picture.
    pub fn clear(&self) {
        self.context.clear_rect(0.0, 0.0, self.size.0, self.size.1);
    }

    fn colour(&self, tint: Tint) -> &str {
        &self.colours[tint as usize]
    }

    /// A message.
    pub fn mark(&self, at: Point, mark: Mark, faded: bool) {
        let c = &self.context;
        let Mark { shape, tint, size: s } = mark;
        c.set_global_alpha(if faded { 0.55 } else { 1.0 });
        c.begin_path();
        match shape {
            Shape::Dot | Shape::Speck | Shape::Ring | Shape::Ringlet | Shape::NoEntry => {
                let _ = c.arc(at.x, at.y, s, 0.0, std::f64::consts::TAU);
                if shape == Shape::NoEntry {
                    self.polygon(at, &[(-0.55, 0.0), (0.55, 0.0)], s);
                }
            }
            Shape::Square | Shape::Frame => c.rect(at.x - s, at.y - s, 2.0 * s, 2.0 * s),
            Shape::Diamond | Shape::Lozenge => self.polygon(at, &[(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)], s),
            Shape::Triangle => self.polygon(at, &[(0.0, -1.0), (0.95, 0.75), (-0.95, 0.75)], s),
            Shape::Flag => self.polygon(at, &[(-0.6, 1.2), (-0.6, -1.0), (1.0, -0.4), (-0.6, 0.2)], s),
            Shape::Bolt => {
                let bolt = [(0.3, -1.0), (-0.7, 0.2), (0.0, 0.2), (-0.3, 1.0), (0.7, -0.3), (0.0, -0.3)];
                self.polygon(at, &bolt, s);
            }
            Shape::Bell => {
                let bell = [(0.0, -1.0), (0.6, -0.5), (0.7, 0.5), (1.0, 0.8), (-1.0, 0.8), (-0.7, 0.5), (-0.6, -0.5)];
                self.polygon(at, &bell, s);
            }
        }
        let is_hollow = matches!(shape, Shape::Ring | Shape::Ringlet | Shape::NoEntry | Shape::Frame | Shape::Lozenge);
        if is_hollow {
            c.set_stroke_style_str(self.colour(tint));
            c.set_line_width(if shape == Shape::Ringlet { 1.5 } else { 2.0 });
            c.stroke();
        } else {
            c.set_fill_style_str(self.colour(tint));
            c.fill();
        }
        c.set_global_alpha(1.0);
    }

    fn polygon(&self, at: Point, corners: &[(f64, f64)], size: f64) {
        for (index, (x, y)) in corners.iter().enumerate() {
            let (x, y) = (at.x + x * size, at.y + y * size);
            if index == 0 {
                self.context.move_to(x, y);
            } else {
                self.context.line_to(x, y);
            }
        }
        if corners.len() > 2 {
            self.context.close_path();
        }
    }

    /// The cross of a message that was lost here; `age` runs from 0 to 1.
    pub fn cross(&self, at: Point, age: f64) {
        let c = &self.context;
        c.set_global_alpha((1.0 - age).clamp(0.0, 1.0));
        c.set_stroke_style_str(self.colour(Tint::Down));
        c.set_line_width(2.2);
        c.begin_path();
        let s = 4.5;
        c.move_to(at.x - s, at.y - s);
        c.line_to(at.x + s, at.y + s);
        c.move_to(at.x + s, at.y - s);
        c.line_to(at.x - s, at.y + s);
        c.stroke();
        c.set_global_alpha(1.0);
    }

    /// Traffic that is too dense for dots: the denser, the broader.
    pub fn stream(&self, path: &Path, tint: Tint, messages_per_s: f64) {
        let c = &self.context;
        c.set_stroke_style_str(self.colour(tint));
        c.set_global_alpha(0.4);
        c.set_line_width((messages_per_s.sqrt() / 3.0).clamp(2.5, 7.0));
        c.begin_path();
        for step in 0..=24 {
            let point = path.at(f64::from(step) / 24.0).0;
            if step == 0 {
                c.move_to(point.x, point.y);
            } else {
                c.line_to(point.x, point.y);
            }
        }
        c.stroke();
        c.set_global_alpha(1.0);
    }
}
