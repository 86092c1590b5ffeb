"""What is sold through the app stores: an inbox for what they tell, and the premium and coins that follow from it."""
