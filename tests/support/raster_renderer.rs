//! Gives the test harness of egui the program's own painter, so pictures need no graphics card.

use brownian::app::raster::Raster;
use egui_kittest::TestRenderer;

/// The painter behind the interface of the harness.
#[derive(Default)]
pub(crate) struct RasterRenderer(Raster);

impl TestRenderer for RasterRenderer {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        self.0.handle_delta(delta);
    }

    fn render(&mut self, ctx: &egui::Context, output: &egui::FullOutput) -> Result<image::RgbaImage, String> {
        Ok(self.0.render_frame(ctx, output, egui::Color32::TRANSPARENT))
    }
}
