# Simulated survey shared by the scripts survey_*.R and multilevel.R: writes data/survey_simulated.csv.
# Rscript tests/reference/models/survey_data.R tests/reference/models
folder <- commandArgs(trailingOnly = TRUE)[1]
RNGversion("4.2.0"); set.seed(20250117)

sizes <- 6 + rpois(60, 4)
unit <- rep(1:60, sizes); county <- (unit - 1) %/% 5 + 1; province <- (county - 1) %/% 3 + 1
n <- length(unit)
u <- rnorm(60, 0, 0.4)[unit]; v <- rnorm(12, 0, 0.4)[county]
d <- data.frame(unit = sprintf("u%02d", unit), county = sprintf("c%02d", county),
                province = sprintf("p%d", province))
d$weight <- round(exp(rnorm(60, 0, 0.5))[unit] * runif(n, 0.8, 1.2), 4)
d$pressure <- round(rnorm(60)[unit], 4)
d$duty <- pmin(5, pmax(1, round(3.6 + 0.3 * d$pressure + rnorm(n))))
d$power <- pmin(5, pmax(1, round(2.6 + u + rnorm(n))))
d$age <- round(runif(n, 22, 60))
d$conflict <- round(0.5 * d$pressure + u + v + rnorm(n), 4)
d$imbalance <- round(0.3 * d$pressure + 0.4 * d$conflict + 0.01 * d$age + v + rnorm(n), 4)
d$collaboration <- round(rnorm(n) + v, 4)
for (phase in c("assessment", "warning", "response", "aftermath"))
  d[[phase]] <- round(3 - 0.2 * d$imbalance + 0.3 * d$collaboration +
                      0.15 * d$imbalance * d$collaboration + u + rnorm(n), 4)
d$burnout <- round(2 + 0.3 * (d$duty - 3) - 0.2 * (d$power - 3) + 0.12 * (d$duty - 3)^2 -
                   0.2 * (d$duty - 3) * (d$power - 3) + 0.05 * (d$power - 3)^2 + v + rnorm(n), 4)
d$item_1 <- pmin(5, pmax(1, round(3 + 0.5 * d$conflict + rnorm(n, 0, 0.7))))
d$item_2 <- ifelse(runif(n) < plogis(-1.4 + 0.5 * d$conflict), NA, round(d$item_1 + rnorm(n, 0, 0.8)))
write.csv(d, file.path(folder, "data", "survey_simulated.csv"), row.names = FALSE, na = "")
